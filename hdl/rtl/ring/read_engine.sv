// Read requests to the host, and the way of what comes back.
//
// Requests of jobs go before those for descriptors; each takes a tag. The request stands on
// rd_req_* until taken. A beat on rd_cpl_* is registered, looked up (read_tags) and given out two
// cycles later on beat_* with its data, once, to whom it belongs.

module read_engine
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned ReadTags = DefaultReadTags
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                rst_core_ni,
  input  logic                flush_i,      // see read_tags
  input  logic                hold_i,       // no new request
  input  logic [23:0]         timeout_i,

  input  logic                fetch_valid_i,
  output logic                fetch_ready_o,
  input  read_t               fetch_i,
  input  logic                job_valid_i,
  output logic                job_ready_o,
  input  input_t              job_i,

  output logic                rd_req_valid_o,
  input  logic                rd_req_ready_i,
  output logic [63:0]         rd_req_addr_o,
  output logic [9:0]          rd_req_bytes_o,
  output logic [ReadTagW-1:0] rd_req_tag_o,
  input  logic                rd_cpl_valid_i,
  input  logic [ReadTagW-1:0] rd_cpl_tag_i,
  input  line_t               rd_cpl_data_i,
  input  logic                rd_cpl_last_i,
  input  logic                rd_cpl_error_i,

  output logic                beat_valid_o,
  output beat_t               beat_o,
  output line_t               beat_data_o,

  output logic                error_valid_o,
  output error_t              error_o,
  output logic                event_read_o,
  output logic [9:0]          event_bytes_o,
  output logic                stall_tag_o,
  output logic                stall_link_o,
  output logic                busy_o
);

  // ---------------------------------------------------------------- requests
  logic                queue_valid, split_ready, split_valid, split_take;
  input_t              queue_head;
  read_t               split_req, req;
  logic                tag_valid, go, room;
  logic [ReadTagW-1:0] tag;
  logic                valid_q;
  logic [63:0]         addr_q;
  logic [9:0]          bytes_q;
  logic [ReadTagW-1:0] tag_q;

  queue #(.Width($bits(input_t)), .Depth(4)) u_queue (
    .clk_i, .rst_ni(rst_core_ni), .in_valid_i(job_valid_i), .in_ready_o(job_ready_o),
    .in_data_i(job_i), .out_valid_o(queue_valid), .out_ready_i(split_ready),
    .out_data_o(queue_head)
  );

  read_split u_split (
    .clk_i, .rst_ni(rst_core_ni), .input_valid_i(queue_valid), .input_ready_o(split_ready),
    .input_i(queue_head), .req_valid_o(split_valid), .req_ready_i(split_take), .req_o(split_req)
  );

  assign room          = (!valid_q || rd_req_ready_i) && !hold_i;
  assign go            = room && tag_valid && (split_valid || fetch_valid_i);
  assign req           = split_valid ? split_req : fetch_i;
  assign split_take    = go && split_valid;
  assign fetch_ready_o = go && !split_valid;

  assign rd_req_valid_o = valid_q;
  assign rd_req_addr_o  = addr_q;
  assign rd_req_bytes_o = bytes_q;
  assign rd_req_tag_o   = tag_q;

  always_ff @(posedge clk_i or negedge rst_core_ni) begin
    if (!rst_core_ni) begin
      valid_q <= 1'b0;
      addr_q  <= '0;
      bytes_q <= '0;
      tag_q   <= '0;
    end else if (go) begin
      valid_q <= 1'b1;
      addr_q  <= req.addr;
      bytes_q <= req.bytes;
      tag_q   <= tag;
    end else if (rd_req_ready_i) begin
      valid_q <= 1'b0;
    end
  end

  assign event_read_o  = valid_q && rd_req_ready_i;
  assign event_bytes_o = bytes_q;
  assign stall_link_o  = valid_q && !rd_req_ready_i;
  assign stall_tag_o   = room && !tag_valid && (split_valid || fetch_valid_i);

  // ---------------------------------------------------------------- answers
  logic                cpl_valid_q, cpl_last_q, cpl_error_q;
  logic [ReadTagW-1:0] cpl_tag_q;
  line_t               cpl_data_q, data_q;
  logic                waiting;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) cpl_valid_q <= 1'b0;
    else cpl_valid_q <= rd_cpl_valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (rd_cpl_valid_i) begin
      cpl_tag_q   <= rd_cpl_tag_i;
      cpl_last_q  <= rd_cpl_last_i;
      cpl_error_q <= rd_cpl_error_i;
      cpl_data_q  <= rd_cpl_data_i;
    end
    if (cpl_valid_q) data_q <= cpl_data_q;
  end

  read_tags #(.ReadTags(ReadTags)) u_tags (
    .clk_i, .rst_ni, .rst_core_ni, .flush_i, .timeout_i,
    .tag_valid_o(tag_valid), .tag_o(tag), .tag_take_i(go), .read_i(req),
    .cpl_valid_i(cpl_valid_q), .cpl_tag_i(cpl_tag_q), .cpl_last_i(cpl_last_q),
    .cpl_error_i(cpl_error_q),
    .beat_valid_o, .beat_o, .error_valid_o, .error_o, .busy_o(waiting)
  );

  assign beat_data_o = data_q;
  assign busy_o = waiting || cpl_valid_q || beat_valid_o || valid_q || split_valid || queue_valid;

endmodule
