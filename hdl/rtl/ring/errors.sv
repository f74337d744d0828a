// Errors since they were cleared, the first of them, and the interrupt for those in the mask.

module errors
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumSources = 4
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic [NumSources-1:0] valid_i,
  input  error_t                error_i [NumSources],
  input  logic                  clear_i,
  input  logic [NumErrors-1:0]  clear_bits_i,
  input  logic [NumErrors-1:0]  mask_i,        // bits that interrupt
  output logic [NumErrors-1:0]  error_o,
  output logic [31:0]           first_o,
  output logic                  fire_o,        // one cycle
  output logic                  fatal_o        // the card must stop, until reset
);

  localparam logic [NumErrors-1:0] Fatal = NumErrors'(1) << abi_pkg::ErrIllegalState
                                           | NumErrors'(1) << abi_pkg::ErrSelftest;

  logic [NumErrors-1:0] error_q, now;
  logic [31:0]          first_q, first;
  error_t               chosen;
  logic [4:0]           bit_number;
  logic                 fire_q, fatal_q;

  // the lowest bit of the first source that has one
  always_comb begin
    now    = '0;
    chosen = '0;
    for (int unsigned s = NumSources; s > 0; s--) begin
      if (valid_i[s-1]) begin
        now    |= error_i[s-1].bits;
        chosen = error_i[s-1];
      end
    end
    bit_number = '0;
    for (int unsigned b = NumErrors; b > 0; b--) begin
      if (chosen.bits[b-1]) bit_number = 5'(b - 1);
    end
  end
  assign first = {|valid_i, 2'd0, bit_number, 8'(chosen.ring), chosen.tag};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      error_q <= '0;
      first_q <= '0;
      fire_q  <= 1'b0;
      fatal_q <= 1'b0;
    end else begin
      fire_q <= |(now & mask_i & ~error_q);
      if (clear_i || |valid_i) begin
        error_q <= (error_q & ~(clear_i ? clear_bits_i : '0)) | now;
      end
      if (|(now & Fatal)) fatal_q <= 1'b1;
      if (first_q[31] && clear_i && (error_q & ~clear_bits_i) == '0) first_q <= first;
      else if (!first_q[31] && first[31]) first_q <= first;
    end
  end

  assign error_o = error_q;
  assign first_o = first_q;
  assign fire_o  = fire_q;
  assign fatal_o = fatal_q;

endmodule
