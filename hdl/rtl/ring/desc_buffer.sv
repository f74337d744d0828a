// Descriptors between their read and their check, in the order in which they were asked for.
//
// A read of descriptors owns a group of eight places from its request to the moment its last
// descriptor leaves, so what comes back always has room and out-of-order reads fall into order.
// A descriptor leaves through a register: desc_valid_o one cycle after it could be read. When a
// read failed, the places that stayed empty are skipped and lost_o names them.

module desc_buffer
  import card_pkg::*;
  import front_pkg::*;
(
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [31:0]       cycle_i,

  output logic              group_valid_o,
  output logic [GroupW-1:0] group_o,
  input  logic              group_take_i,
  input  logic [RingW-1:0]  group_ring_i,
  input  logic [3:0]        group_count_i,

  input  logic              beat_store_i,   // a descriptor came
  input  logic              beat_failed_i,  // no more will come of this group
  input  logic [GroupW-1:0] beat_group_i,
  input  logic [2:0]        beat_index_i,
  input  line_t             data_i,

  output logic              desc_valid_o,
  input  logic              desc_ready_i,
  output line_t             desc_o,
  output logic [31:0]       desc_cycle_o,  // when it arrived
  output logic [RingW-1:0]  desc_ring_o,
  output logic              take_o,        // a descriptor went into the register
  output logic [RingW-1:0]  take_ring_o,
  output logic              lost_valid_o,
  output logic [3:0]        lost_o,
  output logic              empty_o
);

  localparam int unsigned PlaceW = GroupW + 3;

  logic [511:0]      data_q [NumGroups * 8];
  logic [31:0]       time_q [NumGroups * 8];
  logic [RingW-1:0]  ring_q [NumGroups];
  logic [3:0]        count_q [NumGroups];
  logic [3:0]        came_q [NumGroups];
  logic [NumGroups-1:0] failed_q;

  logic [GroupW:0]   alloc_q, head_q;
  logic [2:0]        index_q;
  logic              valid_q;
  line_t             desc_q;
  logic [31:0]       cycle_q;
  logic [RingW-1:0]  desc_ring_q;

  logic [GroupW-1:0] head;
  logic [PlaceW-1:0] place;
  logic              used, here, last, lost, load;

  assign group_valid_o = alloc_q - head_q != (GroupW + 1)'(NumGroups);
  assign group_o       = alloc_q[GroupW-1:0];

  assign head  = head_q[GroupW-1:0];
  assign place = {head, index_q};
  assign used  = alloc_q != head_q;
  assign here  = used && 4'(index_q) < came_q[head];
  assign last  = 4'(index_q) + 4'd1 == count_q[head];
  assign lost  = used && !here && failed_q[head];
  assign load  = here && (!valid_q || desc_ready_i);

  assign desc_valid_o = valid_q;
  assign desc_o       = desc_q;
  assign desc_cycle_o = cycle_q;
  assign desc_ring_o  = desc_ring_q;
  assign take_o       = load;
  assign take_ring_o  = ring_q[head];
  assign lost_valid_o = lost;
  assign lost_o       = count_q[head] - 4'(index_q);
  assign empty_o      = !used && !valid_q;

  always_ff @(posedge clk_i) begin
    if (beat_store_i) begin
      data_q[{beat_group_i, beat_index_i}] <= data_i;
      time_q[{beat_group_i, beat_index_i}] <= cycle_i;
    end
    if (group_take_i) begin
      ring_q[group_o]  <= group_ring_i;
      count_q[group_o] <= group_count_i;
    end
    if (load) begin
      desc_q      <= data_q[place];
      cycle_q     <= time_q[place];
      desc_ring_q <= ring_q[head];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      failed_q <= '0;
      for (int unsigned g = 0; g < NumGroups; g++) came_q[g] <= '0;
    end else begin
      if (group_take_i) begin
        came_q[group_o]   <= '0;
        failed_q[group_o] <= 1'b0;
      end
      if (beat_store_i) came_q[beat_group_i] <= came_q[beat_group_i] + 4'd1;
      if (beat_failed_i) failed_q[beat_group_i] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      alloc_q <= '0;
      head_q  <= '0;
      index_q <= '0;
      valid_q <= 1'b0;
    end else begin
      if (group_take_i) alloc_q <= alloc_q + 1'b1;
      if (load) index_q <= last ? '0 : index_q + 3'd1;
      if (lost) index_q <= '0;
      if (lost || (load && last)) head_q <= head_q + 1'b1;
      if (load) valid_q <= 1'b1;
      else if (desc_ready_i) valid_q <= 1'b0;
    end
  end

endmodule
