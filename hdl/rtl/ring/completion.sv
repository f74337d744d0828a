// Gathers completions per ring until a burst of them is worth a write.
//
// One completion per cycle is taken, round robin over its sources. It gets its place in the ring,
// its CRC and phase one cycle later, and lies in the gathering memory from then on. Rings with a
// full memory wait. Completions of the self-test's ring are shown on test_* instead.
// The memory mirrors 512 bytes of the completion ring; completion_write empties it.

module completion
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  parameter int unsigned NumRings = DefaultNumRings,
  localparam int unsigned NumSources = NumLanes + 2
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic [6:0]                    epoch_i,
  input  logic [NumRings-1:0]           enable_i,  // a ring begins anew
  input  ring_ptrs_t                    ptrs_i [NumRings],
  input  ring_cfg_t                     cfg_i [NumRings],

  // the lanes, then dispatch and the key unit
  input  logic [NumSources-1:0]         done_valid_i,
  output logic [NumSources-1:0]         done_ready_o,
  input  completion_t                   done_i [NumSources],

  output logic [15:0]                   put_o [NumRings],      // completions that lie in memory
  output logic [NumRings-1:0]           irq_o,                 // one of them is to interrupt
  input  logic [NumRings-1:0]           irq_clear_i,

  input  logic [RingW-1:0]              read_ring_i,
  input  logic [2:0]                    read_line_i,
  output line_t                         read_data_o,

  output logic                          test_valid_o,
  output completion_t                   test_o,
  output logic                          event_refused_o,
  output logic                          busy_o
);

  localparam int unsigned IndexW = (NumRings > 1) ? $clog2(NumRings) : 1;
  localparam int unsigned SourceW = $clog2(NumSources);
  // Entries that may wait; seven lines of 64 bytes, less one entry under way.
  localparam logic [15:0] NarrowMax = 16'd27;
  localparam logic [15:0] WideMax = 16'd13;

  logic [NumSources-1:0] eligible;
  logic [SourceW-1:0]    last_q, pick;
  logic                  found;
  logic                  valid_q, test_q;
  completion_t           entry_q;
  logic [15:0]           put_q [NumRings];
  logic [NumRings-1:0]   irq_q;

  // ---------------------------------------------------------------- choice
  for (genvar s = 0; s < NumSources; s++) begin : gen_source
    logic [IndexW-1:0] ring;
    logic              is_test, full;
    assign ring    = done_i[s].id.ring[IndexW-1:0];
    assign is_test = done_i[s].id.ring == TestRing;
    assign full    = (put_q[ring] - ptrs_i[ring].cq_tail)
                     >= (cfg_i[ring].wide ? WideMax : NarrowMax);
    assign eligible[s]     = done_valid_i[s] && (is_test || !full);
    assign done_ready_o[s] = found && pick == SourceW'(s);
  end

  always_comb begin
    found = 1'b0;
    pick  = '0;
    for (int unsigned s = 0; s < NumSources; s++) begin
      if (!found && eligible[s] && SourceW'(s) > last_q) begin
        found = 1'b1;
        pick  = SourceW'(s);
      end
    end
    for (int unsigned s = 0; s < NumSources; s++) begin
      if (!found && eligible[s]) begin
        found = 1'b1;
        pick  = SourceW'(s);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q  <= '0;
      valid_q <= 1'b0;
      test_q  <= 1'b0;
    end else begin
      valid_q <= found && done_i[pick].id.ring != TestRing;
      test_q  <= found && done_i[pick].id.ring == TestRing;
      if (found) last_q <= pick;
    end
  end

  always_ff @(posedge clk_i) begin
    if (found) entry_q <= done_i[pick];
  end

  assign test_valid_o    = test_q;
  assign test_o          = entry_q;
  assign event_refused_o = valid_q && entry_q.status != abi_pkg::StatusOk;
  assign busy_o          = valid_q || test_q;

  // ---------------------------------------------------------------- place, check, phase
  logic [IndexW-1:0] ring;
  logic [15:0]       index;
  logic              wide, phase;
  logic [4:0]        at;         // place of the entry in 512 bytes, in 16
  logic [95:0]       head;
  logic [127:0]      data;
  logic [31:0]       crc_narrow, crc_wide;
  logic [127:0]      first;      // bytes 0 to 15 of the entry
  logic [3:0]        bank_we;
  logic [6:0]        line;

  assign ring  = entry_q.id.ring[IndexW-1:0];
  assign index = put_q[ring];
  assign wide  = cfg_i[ring].wide;
  assign phase = ~|(index & (16'd1 << cfg_i[ring].log2_size));
  assign at    = {cfg_i[ring].cq_base[8:6], 2'd0} + (wide ? {index[3:0], 1'b0} : index[4:0]);
  assign head  = {entry_q.cycles, 16'(entry_q.output_bytes), epoch_i, phase, entry_q.status,
                  ptrs_i[ring].sq_head, entry_q.id.tag};
  assign data  = swap_block(entry_q.inline_data);
  assign first = {wide ? crc_wide : crc_narrow, head};
  assign line  = {RingW'(ring), at[4:2]};

  crc32 #(.Words(3)) u_narrow (.data_i(valid_q ? head : '0), .crc_o(crc_narrow));
  crc32 #(.Words(7)) u_wide (.data_i((valid_q && wide) ? {data, head} : '0), .crc_o(crc_wide));

  always_comb begin
    bank_we = '0;
    bank_we[at[1:0]] = valid_q;
    if (wide) bank_we[{at[1], 1'b1}] = valid_q;
  end

  for (genvar b = 0; b < 4; b++) begin : gen_bank
    logic [127:0] bank_q [8 << RingW];
    always_ff @(posedge clk_i) begin
      if (bank_we[b]) bank_q[line] <= (wide && b % 2 == 1) ? data : first;
    end
    assign read_data_o[128*b +: 128] = bank_q[{read_ring_i, read_line_i}];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      irq_q <= '0;
      for (int unsigned r = 0; r < NumRings; r++) put_q[r] <= '0;
    end else begin
      for (int unsigned r = 0; r < NumRings; r++) begin
        if (irq_clear_i[r]) irq_q[r] <= 1'b0;
        if (enable_i[r]) put_q[r] <= '0;
      end
      if (valid_q) begin
        put_q[ring] <= index + 16'd1;
        if (entry_q.irq) irq_q[ring] <= 1'b1;
      end
    end
  end

  assign put_o = put_q;
  assign irq_o = irq_q;

endmodule
