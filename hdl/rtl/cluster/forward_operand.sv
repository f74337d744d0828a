// From the data to the input of the forward lane.
//
//   F3  the data is put together: cut out, padded, CMAC's subkey or the IV added
//   F4  the message's last result is added (serial modes)
//   F5  the block is at the lane, the companion beside it

module forward_operand
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumSlots = DefaultNumSlots
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // F2
  input  logic              valid_i,
  input  operand_t          operand_i,
  input  retire_t           retire_i,
  input  logic              l_read_i,

  // F3: data of the banks IN, FWD, INV.
  input  block_t [2:0][3:0] data_i,
  input  block_t            iv_i,

  input  block_t            feedback_i,  // F4: result of Period cycles ago

  input  logic              l_valid_i,   // L = E(0) of a slot
  input  logic [SlotW-1:0]  l_slot_i,
  input  block_t            l_i,

  // F5
  output logic              valid_o,
  output logic              lane_valid_o,
  output key_ref_t          lane_key_o,
  output block_t            lane_block_o,
  output block_t            companion_o,
  output retire_t           retire_o
);

  localparam int unsigned AllSlots = NumSlots + 3;
  localparam int unsigned IndexW = $clog2(AllSlots);
  localparam block_t Reduce = 128'h87;  // of CMAC's field

  block_t l_mem_q [AllSlots];
  block_t l_q;

  always_ff @(posedge clk_i) begin
    if (l_valid_i) l_mem_q[IndexW'(l_slot_i)] <= l_i;
    if (l_read_i) l_q <= l_mem_q[IndexW'(operand_i.key.slot)];
  end

  // ---------------------------------------------------------------- F3

  logic     f3_valid_q;
  operand_t f3_q;
  retire_t  f3_retire_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) f3_valid_q <= 1'b0;
    else f3_valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      f3_q        <= operand_i;
      f3_retire_q <= retire_i;
    end
  end

  block_t data_a, data_b, laid, data, subkey, block;

  assign data_a = data_i[f3_q.bank_a][f3_q.column_a];
  assign data_b = data_i[f3_q.bank_b][f3_q.column_b];

  // The bytes of the block, or of the companion.
  always_comb begin
    data = '0;
    laid = '0;
    if (f3_valid_q && f3_q.read) begin
      unique case (f3_q.layout)
        LayoutOperate:  laid = {data_a[23:0], data_b[127:24]};
        LayoutEnvelope: laid = {f3_q.first ? data_a[127:24] : data_a[103:0],
                                f3_q.last ? data_b[23:0] : data_b[127:104]};
        default:        laid = data_a;
      endcase
      data = (f3_q.bytes == '0) ? laid : laid & ~({128{1'b1}} >> {f3_q.bytes, 3'b000});
    end
  end

  // CMAC: K1, or 10* behind the data and K2.
  always_comb begin
    subkey = '0;
    if (f3_valid_q && f3_q.cmac) begin
      subkey = {l_q[126:0], 1'b0} ^ (l_q[127] ? Reduce : '0);
      if (f3_q.pad) begin
        subkey = {subkey[126:0], 1'b0} ^ (subkey[127] ? Reduce : '0) ^
            ({1'b1, 127'b0} >> {f3_q.bytes, 3'b000});
      end
    end
  end

  always_comb begin
    block = '0;
    if (f3_valid_q && f3_q.counter) begin
      block = {iv_i[127:32], (f3_q.gcm ? 32'd0 : iv_i[31:0]) + f3_q.count};
    end else if (f3_valid_q && !f3_q.init) begin
      block = data ^ (f3_q.iv ? iv_i : subkey);
    end
  end

  // ---------------------------------------------------------------- F4, F5

  logic     f4_valid_q, f4_lane_q, f4_chain_q;
  key_ref_t f4_key_q;
  block_t   f4_block_q, f4_companion_q;
  retire_t  f4_retire_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f4_valid_q   <= 1'b0;
      f4_lane_q    <= 1'b0;
      valid_o      <= 1'b0;
      lane_valid_o <= 1'b0;
    end else begin
      f4_valid_q   <= f3_valid_q;
      f4_lane_q    <= f3_valid_q && f3_q.lane;
      valid_o      <= f4_valid_q;
      lane_valid_o <= f4_lane_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (f3_valid_q) begin
      f4_chain_q     <= f3_q.chain;
      f4_key_q       <= f3_q.key;
      f4_block_q     <= block;
      f4_companion_q <= data;
      f4_retire_q    <= f3_retire_q;
    end
    if (f4_valid_q) begin
      lane_key_o   <= f4_key_q;
      lane_block_o <= f4_chain_q ? f4_block_q ^ feedback_i : f4_block_q;
      companion_o  <= f4_companion_q;
      retire_o     <= f4_retire_q;
    end
  end

  logic unused;
  assign unused = ^l_slot_i;   // the upper bits, where there are few slots

endmodule
