// The two S-box architectures compute the same, in both directions, for every input; with its
// pipeline registers the composite one does so four cycles later.

module sbox_props (
  input logic        clk_i,
  input logic [63:0] data_i
);

  localparam int unsigned Regs = 5;

  for (genvar d = 0; d < 2; d++) begin : gen_directions
    logic [63:0] table_sub, composite, pipelined;

    sub_bytes #(
      .SboxArch(aes_pkg::SboxTable),
      .Inverse(d == 1),
      .Regs(0)
    ) u_table (
      .clk_i,
      .en_i(1'b1),
      .data_i,
      .key_i('0),
      .data_o(table_sub)
    );

    sub_bytes #(
      .SboxArch(aes_pkg::SboxComposite),
      .Inverse(d == 1),
      .Regs(0)
    ) u_comb (
      .clk_i,
      .en_i(1'b1),
      .data_i,
      .key_i('0),
      .data_o(composite)
    );

    sub_bytes #(
      .SboxArch(aes_pkg::SboxComposite),
      .Inverse(d == 1),
      .Regs(Regs)
    ) u_pipelined (
      .clk_i,
      .en_i('1),
      .data_i,
      .key_i('0),
      .data_o(pipelined)
    );

    // What the table said, as many cycles ago.
    logic [Regs-1:0][63:0] past_q;
    always_ff @(posedge clk_i) past_q <= {past_q[Regs-2:0], table_sub};

    logic [2:0] age_q;
    initial age_q = '0;
    always_ff @(posedge clk_i) begin
      if (age_q < 3'(Regs)) age_q <= age_q + 3'd1;
    end

    always_comb begin
      a_equal: assert (composite == table_sub);
      if (age_q == 3'(Regs)) assert (pipelined == past_q[Regs-1]);
      cover (age_q == 3'(Regs) && pipelined == 64'h6363_6363_6363_6363);
    end
  end

endmodule
