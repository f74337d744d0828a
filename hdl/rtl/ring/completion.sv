// Takes completions, gives them their place, CRC and phase, and keeps them until they are written.
//
// One completion per cycle, round robin over its sources; a source whose ring has no room waits.
// One cycle later it lies in the gathering memory, which mirrors 512 bytes of each completion
// ring. Completions of the self-test are shown on test_* instead.

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

  // the lanes, then dispatch and the key unit
  input  logic [NumSources-1:0]         done_valid_i,
  output logic [NumSources-1:0]         done_ready_o,
  input  completion_t                   done_i [NumSources],

  // rings
  input  logic [NumRings-1:0]           full_i,
  input  logic [NumRings-1:0]           wide_i,
  input  logic [NumRings-1:0]           phase_i,
  input  logic [4:0]                    at_i [NumRings],
  input  logic [15:0]                   sq_head_i [NumRings],
  output logic [NumRings-1:0]           put_o,
  output logic                          put_irq_o,

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

  logic [NumSources-1:0] eligible, is_test;
  logic [SourceW-1:0]    last_q, pick;
  logic                  found, valid_q, test_q;
  completion_t           entry_q;

  // ---------------------------------------------------------------- choice
  for (genvar s = 0; s < NumSources; s++) begin : gen_source
    assign is_test[s]      = done_i[s].id.ring == TestRing;
    assign eligible[s]     = done_valid_i[s]
                             && (is_test[s] || !full_i[done_i[s].id.ring[IndexW-1:0]]);
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
      valid_q <= found && !is_test[pick];
      test_q  <= found && is_test[pick];
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
  logic              wide;
  logic [4:0]        at;         // place of the entry in 512 bytes, in 16
  logic [95:0]       head;
  logic [127:0]      data;
  logic [31:0]       crc_narrow, crc_wide;
  logic [127:0]      first;      // bytes 0 to 15 of the entry
  logic [3:0]        bank_we;
  logic [6:0]        line;

  assign ring  = entry_q.id.ring[IndexW-1:0];
  assign wide  = wide_i[ring];
  assign at    = at_i[ring];
  assign head  = {entry_q.cycles, 16'(entry_q.output_bytes), epoch_i, phase_i[ring],
                  entry_q.status, sq_head_i[ring], entry_q.id.tag};
  assign data  = swap_block(entry_q.inline_data);
  assign first = {wide ? crc_wide : crc_narrow, head};
  assign line  = {RingW'(ring), at[4:2]};

  crc32 #(.Words(3)) u_narrow (
    .valid_i(valid_q && !wide), .data_i(head), .crc_o(crc_narrow)
  );
  crc32 #(.Words(7)) u_wide (.valid_i(valid_q && wide), .data_i({data, head}), .crc_o(crc_wide));

  for (genvar r = 0; r < NumRings; r++) begin : gen_put
    assign put_o[r] = valid_q && ring == IndexW'(r);
  end
  assign put_irq_o = entry_q.irq;

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

endmodule
