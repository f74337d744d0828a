// The tags of read requests: which are free, what the others wait for.
//
// Free tags stand in a queue, so a tag rests as long as possible before it is used again. A tag
// is free; or waiting; or dropping: its request was made before the last reset of the core and its
// data are thrown away; or lost: it did not come back in time and stays out of use until the next
// reset of the core. The table lives through that reset; the queue is then filled again, one tag
// per cycle.
//
// beat_o follows cpl_* by one cycle. In a cycle without cpl_valid_i one waiting tag is tried for
// its time; if it ran out, beat_o says that the read failed.

module read_tags
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned ReadTags = DefaultReadTags  // a power of two
) (
  input  logic                clk_i,
  input  logic                rst_ni,       // of the card
  input  logic                rst_core_ni,
  input  logic                flush_i,      // rst_core_ni is low, one or two cycles later
  input  logic [23:0]         timeout_i,

  output logic                tag_valid_o,
  output logic [ReadTagW-1:0] tag_o,
  input  logic                tag_take_i,
  input  read_t               read_i,

  input  logic                cpl_valid_i,
  input  logic [ReadTagW-1:0] cpl_tag_i,
  input  logic                cpl_last_i,
  input  logic                cpl_error_i,

  output logic                beat_valid_o,
  output beat_t               beat_o,
  output logic                error_valid_o,  // with error_o: read, timeout, unexpected
  output error_t              error_o,
  output logic                busy_o          // something is waited for
);

  localparam int unsigned TagW = $clog2(ReadTags);

  typedef struct packed {
    logic             is_desc;
    logic [LaneW-1:0] lane;
    logic [CtxW-1:0]  ctx;
    logic [LineW-1:0] line;
    logic [3:0]       beats;
  } info_t;

  info_t               info_q [ReadTags];
  logic [24:0]         time_q [ReadTags];
  logic [4:0]          seen_q [ReadTags];  // {failed, beats that came}
  logic [ReadTags-1:0] wait_q, drop_q, fresh_q;
  logic [TagW:0]       fill_q;
  logic [24:0]         now_q;
  logic [TagW-1:0]     scan_q;

  logic                filling, free_push, free_ready, overflow;
  logic [TagW-1:0]     free_in, free_out, fill, cpl_tag, at;
  info_t               info;
  logic [4:0]          seen;
  logic                in_range, waiting, good, more, short_read, bad, store, finish, expired;
  logic                beat_valid_q, error_valid_q;
  beat_t               beat_q;
  logic                unused_addr;
  error_t              error_q;

  // ---------------------------------------------------------------- free tags
  assign fill      = fill_q[TagW-1:0];
  assign filling   = !fill_q[TagW];
  assign free_in   = (filling && !finish) ? fill : cpl_tag;
  assign free_push = filling ? (finish ? cpl_tag < fill : !wait_q[fill]) : finish;

  queue #(.Width(TagW), .Depth(ReadTags)) u_free (
    .clk_i, .rst_ni(rst_core_ni), .in_valid_i(free_push), .in_ready_o(free_ready),
    .in_data_i(free_in), .out_valid_o(tag_valid_o), .out_ready_i(tag_take_i),
    .out_data_o(free_out)
  );
  assign overflow = free_push && !free_ready;

  assign tag_o    = ReadTagW'(free_out);

  always_ff @(posedge clk_i or negedge rst_core_ni) begin
    if (!rst_core_ni) fill_q <= '0;
    else if (filling && !finish) fill_q <= fill_q + 1'b1;
  end

  assign unused_addr = ^read_i.addr;

  // ---------------------------------------------------------------- what came
  assign cpl_tag    = cpl_tag_i[TagW-1:0];
  assign in_range   = 32'(cpl_tag_i) < ReadTags;
  assign at         = cpl_valid_i ? cpl_tag : scan_q;
  assign info       = info_q[at];
  assign seen       = fresh_q[at] ? '0 : seen_q[at];
  assign waiting    = wait_q[at] && (in_range || !cpl_valid_i);
  assign good       = cpl_valid_i && waiting && !drop_q[at];
  assign more       = seen[3:0] < info.beats;
  assign short_read = !more || (cpl_last_i && seen[3:0] + 4'd1 < info.beats);
  assign bad        = cpl_error_i || seen[4] || short_read;
  assign store      = good && more && !cpl_error_i && !seen[4];
  assign finish     = cpl_valid_i && waiting && cpl_last_i;
  assign expired    = !cpl_valid_i && waiting && (now_q - time_q[at]) > {1'b0, timeout_i};

  always_ff @(posedge clk_i) begin
    if (tag_take_i) begin
      info_q[free_out] <= '{
        is_desc: read_i.is_desc,
        lane:    read_i.lane,
        ctx:     read_i.ctx,
        line:    read_i.line,
        beats:   4'((read_i.bytes + 10'd63) >> 6)
      };
      time_q[free_out] <= now_q;
    end
    if (good) seen_q[at] <= {bad, seen[3:0] + 4'(more)};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wait_q  <= '0;
      drop_q  <= '0;
      fresh_q <= '0;
      now_q   <= '0;
      scan_q  <= '0;
    end else begin
      now_q <= now_q + 25'd1;
      if (!cpl_valid_i && busy_o) scan_q <= scan_q + 1'b1;
      if (tag_take_i) begin
        wait_q[free_out]  <= 1'b1;
        fresh_q[free_out] <= 1'b1;
      end
      if (good) fresh_q[at] <= 1'b0;
      if (finish || expired) wait_q[at] <= 1'b0;
      if (finish) drop_q[at] <= 1'b0;
      if (expired) drop_q[at] <= 1'b1;
      if (flush_i) drop_q <= wait_q;
    end
  end

  assign busy_o = |wait_q;

  // ---------------------------------------------------------------- result
  assign beat_valid_o  = beat_valid_q;
  assign beat_o        = beat_q;
  assign error_valid_o = error_valid_q;
  assign error_o       = error_q;

  always_ff @(posedge clk_i or negedge rst_core_ni) begin
    if (!rst_core_ni) begin
      beat_valid_q  <= 1'b0;
      error_valid_q <= 1'b0;
    end else begin
      beat_valid_q  <= (good && (store || cpl_last_i)) || (expired && !drop_q[at]);
      error_valid_q <= (cpl_valid_i && (!waiting || (good && bad))) || expired || overflow;
    end
  end

  always_ff @(posedge clk_i) begin
    if (cpl_valid_i || expired) begin
      beat_q <= '{
        is_desc: info.is_desc,
        lane:    info.lane,
        ctx:     info.ctx,
        line:    info.line + LineW'(seen[3:0]),
        store:   store,
        last:    expired || cpl_last_i,
        failed:  expired || bad
      };
    end
    error_q.ring <= '0;
    error_q.tag  <= 16'(at);
    error_q.bits <= '0;
    error_q.bits[abi_pkg::ErrRead]                 <= good && cpl_error_i;
    error_q.bits[abi_pkg::ErrReadTimeout]          <= expired;
    error_q.bits[abi_pkg::ErrUnexpectedCompletion] <=
        cpl_valid_i && (!waiting || (good && !cpl_error_i && short_read));
    error_q.bits[abi_pkg::ErrIllegalState]         <= overflow;
  end

endmodule
