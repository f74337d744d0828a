// What is derived from a key: L = E(0), from which CMAC doubles its subkeys and which is GHASH's
// H, and the powers H^2 to H^32. Round r multiplies H^(2^r) with the powers that are there, so
// the number of powers doubles. Zeroised slots are wiped in the background, eight cycles each;
// a key that comes into such a slot waits for that.

module key_init
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumSlots = DefaultNumSlots
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             zero_valid_i,
  input  logic [SlotW-1:0] zero_slot_i,

  input  logic             init_valid_i,
  input  logic [SlotW-1:0] init_slot_i,
  input  logic [1:0]       init_len_i,
  input  logic             init_gcm_i,
  output logic             init_done_o,

  // E(0) by the forward lane.
  output logic             lane_valid_o,
  output key_ref_t         lane_key_o,
  input  logic             lane_take_i,
  input  logic             lane_done_i,
  input  block_t           lane_result_i,

  // base * H^(operand + 1) = H^(target + 1)
  output logic             product_valid_o,
  output block_t           product_base_o,
  output logic [4:0]       product_operand_o,
  output logic [4:0]       product_target_o,
  input  logic             product_take_i,
  input  logic             product_done_i,
  input  logic [4:0]       product_target_i,
  input  block_t           product_i,

  output derived_t         derived_o,

  output logic             busy_o,
  output logic             fatal_o
);

  localparam int unsigned AllSlots = NumSlots + 3;
  localparam int unsigned IndexW = $clog2(AllSlots);

  typedef enum logic [4:0] {
    StIdle  = 5'b00001,
    StWipe  = 5'b00010,   // the slot's old values
    StLane  = 5'b00100,   // the block waits for the lane
    StL     = 5'b01000,   // the block is in the lane
    StPower = 5'b10000
  } state_e;

  state_e                state_q;
  key_ref_t              key_q;
  logic                  gcm_q;
  block_t                base_q;
  logic [2:0]            round_q;
  logic [4:0]            operand_q;  // of the next product
  logic                  issued_q;   // all products of the round
  logic [4:0]            round_last;
  logic                  round_done;

  // ---------------------------------------------------------------- wiping

  logic [AllSlots-1:0] wipe_q;
  logic [SlotW-1:0]    scan_q;
  logic [2:0]          row_q;
  logic                wiping, writing;

  assign writing = lane_done_i || product_done_i;
  assign wiping  = wipe_q[IndexW'(scan_q)] && !writing;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wipe_q <= '0;
      scan_q <= '0;
      row_q  <= '0;
    end else begin
      if (wiping) begin
        row_q <= row_q + 3'd1;
        if (row_q == 3'd7) wipe_q[IndexW'(scan_q)] <= 1'b0;
      end else if (!wipe_q[IndexW'(scan_q)] && wipe_q != '0) begin
        scan_q <= (scan_q == SlotW'(AllSlots - 1)) ? '0 : scan_q + SlotW'(1);
      end
      if (zero_valid_i) wipe_q[IndexW'(zero_slot_i)] <= 1'b1;
    end
  end

  // ---------------------------------------------------------------- deriving

  // Round r makes H^(2^r + 1) to H^(2^(r + 1)).
  assign round_last        = 5'(5'd1 << round_q) - 5'd1;
  assign round_done        = product_done_i && product_target_i == {round_last[3:0], 1'b1};
  assign lane_valid_o      = state_q == StLane;
  assign lane_key_o        = key_q;
  assign product_valid_o   = state_q == StPower && !issued_q;
  assign product_base_o    = base_q;
  assign product_operand_o = operand_q;
  assign product_target_o  = operand_q + round_last + 5'd1;
  assign busy_o            = state_q != StIdle || wipe_q != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= StIdle;
      init_done_o <= 1'b0;
      fatal_o     <= 1'b0;
    end else begin
      init_done_o <= 1'b0;
      unique case (state_q)
        StIdle: if (init_valid_i) state_q <= StWipe;
        StWipe: if (!wipe_q[IndexW'(key_q.slot)]) state_q <= StLane;
        StLane: if (lane_take_i) state_q <= StL;
        StL: if (lane_done_i) begin
          state_q     <= gcm_q ? StPower : StIdle;
          init_done_o <= !gcm_q;
        end
        StPower: if (round_done && round_q == 3'd4) begin
          state_q     <= StIdle;
          init_done_o <= 1'b1;
        end
        default: fatal_o <= 1'b1;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle && init_valid_i) begin
      key_q <= '{slot: init_slot_i, key_len: init_len_i};
      gcm_q <= init_gcm_i;
    end
    if (lane_done_i) begin
      base_q    <= lane_result_i;
      round_q   <= '0;
      operand_q <= '0;
      issued_q  <= 1'b0;
    end else if (round_done) begin
      base_q    <= product_i;
      round_q   <= round_q + 3'd1;
      operand_q <= '0;
      issued_q  <= 1'b0;
    end else if (product_take_i) begin
      operand_q <= operand_q + 5'd1;
      issued_q  <= operand_q == round_last;
    end
  end

  // ---------------------------------------------------------------- writes

  always_comb begin
    derived_o = '{
        l: lane_done_i || wiping,
        power: (lane_done_i && gcm_q) || product_done_i,
        wipe: wiping,
        slot: wiping ? scan_q : key_q.slot,
        index: product_target_i,
        data: product_i
    };
    if (lane_done_i) begin
      derived_o.index = '0;
      derived_o.data  = lane_result_i;
    end else if (wiping) begin
      derived_o.index = {row_q, 2'b00};
      derived_o.data  = '0;
    end
  end

  logic unused;
  assign unused = ^zero_slot_i;   // the upper bits, where there are few slots

endmodule
