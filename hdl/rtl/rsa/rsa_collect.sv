// Takes the words that leave the array to where their product goes. A result also meets the words
// of the modulus, which leave two cycles behind: result and result - N go out side by side, and
// with the last word whether the result is the smaller one.

module rsa_collect
  import rsa_pkg::*;
#(
  parameter int unsigned WordW = 26,
  parameter int unsigned Depth = 9
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  push_i,      // a product enters the array
  input  dest_t                 dest_i,
  input  logic                  start_i,     // its words follow
  input  logic [WordW-1:0]      s_i,
  input  logic [WordW-1:0]      n_i,

  output logic                  write_o,
  output dest_t                 dest_o,
  output logic [WordIndexW-1:0] index_o,
  output logic [WordW-1:0]      data_o,

  output logic                  result_o,
  output logic                  last_o,
  output logic [MsgIndexW-1:0]  result_msg_o,
  output logic [WordIndexW-1:0] result_index_o,
  output logic [WordW-1:0]      result_whole_o,
  output logic [WordW-1:0]      result_less_o,
  output logic                  below_o
);

  dest_t                 dest_q, next;
  logic                  writes_q, unused_valid, unused_error;
  logic [WordIndexW-1:0] index_q;

  fifo #(
    .Width($bits(dest_t)),
    .Depth(Depth)
  ) u_dests (
    .clk_i,
    .rst_ni,
    .push_i,
    .data_i(dest_i),
    .valid_o(unused_valid),
    .data_o(next),
    .pop_i(start_i),
    .error_o(unused_error)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      writes_q <= 1'b0;
      index_q  <= '0;
      dest_q   <= '0;
    end else begin
      index_q <= index_q + 1'b1;
      if (index_q + 1'b1 == dest_q.words) writes_q <= 1'b0;
      if (start_i) begin
        dest_q   <= next;
        index_q  <= '0;
        writes_q <= 1'b1;
      end
    end
  end

  assign write_o = writes_q;
  assign dest_o  = dest_q;
  assign index_o = index_q;
  assign data_o  = s_i;

  logic [1:0]            result_q, ends_q;
  logic [MsgIndexW-1:0]  msg1_q;
  logic [WordIndexW-1:0] index1_q;
  logic [WordW-1:0]      whole1_q;
  logic                  borrow_q;
  logic [WordW:0]        less;

  assign less = {1'b0, result_whole_o} - {1'b0, n_i} -
      (WordW + 1)'(borrow_q && result_index_o != '0);

  always_ff @(posedge clk_i) begin
    msg1_q         <= dest_q.msg;
    index1_q       <= index_q;
    whole1_q       <= s_i;
    result_msg_o   <= msg1_q;
    result_index_o <= index1_q;
    result_whole_o <= whole1_q;
    borrow_q       <= less[WordW];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      result_q <= '0;
      ends_q   <= '0;
    end else begin
      result_q <= {result_q[0], writes_q && dest_q.to == ToResult};
      ends_q   <= {ends_q[0], index_q + 1'b1 == dest_q.words};
    end
  end

  assign result_o      = result_q[1];
  assign last_o        = result_q[1] && ends_q[1];
  assign result_less_o = less[WordW-1:0];
  assign below_o       = less[WordW];

endmodule
