// Unit bench of hdl/rtl/aes: the lanes of both directions in six shapes side by side, fed with the
// same blocks; key expansion with both S-boxes; the GHASH multiplier; a delay line.
//
// Shapes, index in the outputs: registers per round 1, 2, 7 with the table (0 to 2) and with the
// composite S-box (3 to 5). Build says which are there; shapes_o repeats it, so that the test
// knows. The default leaves out what differs from the others in the S-box alone, whose
// architectures hdl/formal proves equal: all six take minutes to compile.

module aes_units
  import aes_pkg::*;
#(
  parameter  bit [5:0]    Build = 6'b100011,
  localparam int unsigned Shapes = 6,
  localparam int unsigned Slots = 11,
  localparam int unsigned SlotW = $clog2(Slots),
  localparam int unsigned DelayW = 16,
  localparam int unsigned DelayDepth = 40
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // Keys: from the bench, or from expansion 0 or 1 into slot expand_slot_i.
  input  logic                    kw_valid_i,
  input  logic [SlotW-1:0]        kw_slot_i,
  input  logic [3:0]              kw_round_i,
  input  logic [127:0]            kw_data_i,
  input  logic                    zero_valid_i,
  input  logic [SlotW-1:0]        zero_slot_i,

  input  logic                    expand_start_i,
  input  logic                    expand_use_i,   // whose words go into the lanes
  input  logic [SlotW-1:0]        expand_slot_i,
  input  logic [1:0]              expand_len_i,
  input  logic [255:0]            expand_key_i,
  output logic [1:0]              expand_valid_o,
  output logic [7:0]              expand_round_o,
  output logic [255:0]            expand_data_o,
  output logic [1:0]              expand_busy_o,
  output logic [1:0]              expand_done_o,

  output logic [Shapes-1:0]       shapes_o,
  input  logic                    valid_i,
  input  logic [SlotW-1:0]        slot_i,
  input  logic [1:0]              key_len_i,
  input  logic [127:0]            block_i,
  output logic [Shapes-1:0]       forward_valid_o,
  output logic [Shapes*128-1:0]   forward_block_o,  // shape 0 on top
  output logic [Shapes-1:0]       inverse_valid_o,
  output logic [Shapes*128-1:0]   inverse_block_o,

  input  logic                    ghash_valid_i,
  input  logic [127:0]            ghash_a_i,
  input  logic [127:0]            ghash_b_i,
  input  logic [7:0]              ghash_meta_i,
  output logic                    ghash_valid_o,
  output logic [127:0]            ghash_product_o,
  output logic [7:0]              ghash_meta_o,

  input  logic [DelayW-1:0]       delay_i,
  output logic [DelayW-1:0]       delay_o
);

  localparam int unsigned Regs [Shapes] = '{1, 2, 7, 1, 2, 7};

  for (genvar a = 0; a < 2; a++) begin : gen_expand
    key_expand #(
      .SboxArch(a)
    ) u_expand (
      .clk_i,
      .rst_ni,
      .start_i(expand_start_i),
      .key_len_i(expand_len_i),
      .key_i(expand_key_i),
      .kw_valid_o(expand_valid_o[a]),
      .kw_round_o(expand_round_o[4*a+:4]),
      .kw_data_o(expand_data_o[128*a+:128]),
      .busy_o(expand_busy_o[a]),
      .done_o(expand_done_o[a])
    );
  end

  logic             kw_valid;
  logic [SlotW-1:0] kw_slot;
  logic [3:0]       kw_round;
  logic [127:0]     kw_data;

  always_comb begin
    kw_valid = kw_valid_i;
    kw_slot  = kw_slot_i;
    kw_round = kw_round_i;
    kw_data  = kw_data_i;
    if (!kw_valid_i) begin
      kw_valid = expand_valid_o[expand_use_i];
      kw_slot  = expand_slot_i;
      kw_round = expand_round_o[4*expand_use_i+:4];
      kw_data  = expand_data_o[128*expand_use_i+:128];
    end
  end

  assign shapes_o = Build;

  for (genvar s = 0; s < Shapes; s++) begin : gen_shapes
    if (Build[s]) begin : gen_built
      aes_lane #(
        .RegsPerRound(Regs[s]),
        .SboxArch(s / 3),
        .Slots(Slots)
      ) u_forward (
        .clk_i,
        .rst_ni,
        .kw_valid_i(kw_valid),
        .kw_slot_i(kw_slot),
        .kw_round_i(kw_round),
        .kw_data_i(kw_data),
        .zero_valid_i,
        .zero_slot_i,
        .valid_i,
        .slot_i,
        .key_len_i,
        .block_i,
        .valid_o(forward_valid_o[s]),
        .block_o(forward_block_o[128*(Shapes-1-s)+:128])
      );
      aes_inv_lane #(
        .RegsPerRound(Regs[s]),
        .SboxArch(s / 3),
        .Slots(Slots)
      ) u_inverse (
        .clk_i,
        .rst_ni,
        .kw_valid_i(kw_valid),
        .kw_slot_i(kw_slot),
        .kw_round_i(kw_round),
        .kw_data_i(kw_data),
        .zero_valid_i,
        .zero_slot_i,
        .valid_i,
        .slot_i,
        .key_len_i,
        .block_i,
        .valid_o(inverse_valid_o[s]),
        .block_o(inverse_block_o[128*(Shapes-1-s)+:128])
      );
    end else begin : gen_left_out
      assign forward_valid_o[s] = 1'b0;
      assign inverse_valid_o[s] = 1'b0;
      assign forward_block_o[128*(Shapes-1-s)+:128] = '0;
      assign inverse_block_o[128*(Shapes-1-s)+:128] = '0;
    end
  end

  ghash_mult #(
    .MetaW(8)
  ) u_ghash (
    .clk_i,
    .rst_ni,
    .valid_i(ghash_valid_i),
    .a_i(ghash_a_i),
    .b_i(ghash_b_i),
    .meta_i(ghash_meta_i),
    .valid_o(ghash_valid_o),
    .product_o(ghash_product_o),
    .meta_o(ghash_meta_o)
  );

  delay_line #(
    .Width(DelayW),
    .Depth(DelayDepth)
  ) u_delay (
    .clk_i,
    .rst_ni,
    .data_i(delay_i),
    .data_o(delay_o)
  );

endmodule
