// Exactly one completion for each job that ends: none is lost, doubled or changed on its way from
// the lanes, the refusals and the key unit into the completion rings.
//
// One ring and one 16-bit tag are watched, steady and otherwise free. The environment keeps what
// it offers until it is taken.

module completion_props
  import card_pkg::*;
  import front_pkg::*;
(
  input logic             clk_i,
  input logic [2:0]       valid_i,
  input completion_t      lane_i,
  input completion_t      refused_i,
  input completion_t      key_i,
  input logic [1:0]       full_i,
  input logic [15:0]      tag_i,
  input logic [RingW-1:0] ring_i
);

  localparam int unsigned Sources = 3;

  logic               rst_n = 1'b0;
  logic [2:0]         ready, mine, taken;
  logic [1:0]         put;
  logic               is_test;
  completion_t        done [Sources];
  completion_t        test;
  logic [15:0]        sq_head [2];
  logic [4:0]         at [2];

  assign done[0]    = lane_i;
  assign done[1]    = refused_i;
  assign done[2]    = key_i;
  assign sq_head[0] = '0;
  assign sq_head[1] = '0;
  assign at[0]      = '0;
  assign at[1]      = '0;

  completion #(
    .NumLanes (1),
    .NumRings (2)
  ) dut (
    .clk_i,
    .rst_ni          (rst_n),
    .epoch_i         ('0),
    .done_valid_i    (valid_i),
    .done_ready_o    (ready),
    .done_i          (done),
    .full_i,
    .wide_i          ('0),
    .phase_i         ('0),
    .at_i            (at),
    .sq_head_i       (sq_head),
    .put_o           (put),
    .put_irq_o       (),
    .read_ring_i     ('0),
    .read_line_i     ('0),
    .read_data_o     (),
    .test_valid_o    (is_test),
    .test_o          (test),
    .event_refused_o (),
    .busy_o          ()
  );

  logic             took_q, took_test_q;
  logic [15:0]      tag_q;
  logic [RingW-1:0] ring_q;
  logic [7:0]       status_q;
  logic [1:0]       full_q;

  for (genvar s = 0; s < Sources; s++) begin : gen_source
    assign taken[s] = valid_i[s] && ready[s];
    assign mine[s]  = taken[s] && done[s].id.ring == ring_i && done[s].id.tag == tag_i;
  end

  always_ff @(posedge clk_i) begin
    rst_n       <= 1'b1;
    tag_q       <= tag_i;
    ring_q      <= ring_i;
    full_q      <= full_i;
    took_q      <= rst_n && |mine && ring_i != TestRing;
    took_test_q <= rst_n && |mine && ring_i == TestRing;
    status_q    <= mine[0] ? lane_i.status : mine[1] ? refused_i.status : key_i.status;
    if (rst_n) begin
      assume (tag_i == tag_q && ring_i == ring_q);
      assume (ring_i < RingW'(2) || ring_i == TestRing);
      for (int unsigned s = 0; s < Sources; s++) begin
        assume (done[s].id.ring < RingW'(2) || done[s].id.ring == TestRing);
      end

      // at most one is taken, and only what is offered and has room
      a_one:   assert ($onehot0(ready) && (ready & ~valid_i) == '0);
      a_room:  assert ((put & full_q) == '0);
      // what was taken is put once, in its ring, with its tag and status
      a_put:   assert (!took_q || (put == 2'd1 << ring_i[0] && dut.entry_q.id.tag == tag_i
                   && dut.entry_q.status == status_q));
      a_test:  assert (!took_test_q || (is_test && put == '0 && test.id.tag == tag_i));
      // nothing else is put
      a_none:  assert (!(|put) || dut.entry_q.id.tag != tag_i || dut.entry_q.id.ring != ring_i
                   || took_q);
      a_alone: assert ($onehot0({put, is_test}));
      c_each:  cover (took_q && ring_i == RingW'(1));
      c_test:  cover (took_test_q);
    end
  end

  // while anybody waits and every ring has room, somebody is taken
  for (genvar s = 0; s < Sources; s++) begin : gen_fair
    always_ff @(posedge clk_i) begin
      if (rst_n) begin
        a_fair: assert (!valid_i[s] || full_i != '0 || full_q != '0 || |taken);
      end
    end
  end

endmodule
