// A queue gives back what it was given, in order; credits never overflow it.
//
// One word is watched from push to pop. A credit stands in front as it does before the multiplier.

module fifo_props #(
  parameter int unsigned Depth = 4
) (
  input logic       clk_i,
  input logic       take_i,   // something sets out for the queue
  input logic       push_i,   // something arrives
  input logic       pop_i,
  input logic [3:0] data_i,
  input logic       watch_i   // this word
);

  logic       rst_n = 1'b0;
  logic       avail, valid, fifo_error, credit_fatal;
  logic [3:0] data;
  logic [2:0] count;

  credit #(
    .Credits (Depth)
  ) u_credit (
    .clk_i,
    .rst_ni  (rst_n),
    .avail_o (avail),
    .take_i,
    .give_i  (pop_i),
    .fatal_o (credit_fatal)
  );

  fifo #(
    .Width (4),
    .Depth (Depth)
  ) u_fifo (
    .clk_i,
    .rst_ni  (rst_n),
    .push_i,
    .data_i,
    .valid_o (valid),
    .data_o  (data),
    .pop_i,
    .error_o (fifo_error)
  );

  logic [2:0] flying_q;   // taken and not yet pushed
  logic       watched_q;
  logic [2:0] ahead_q;
  logic [3:0] word_q;
  logic [2:0] place;

  assign count = u_fifo.count_q;
  assign place = count - 3'(pop_i);

  always_ff @(posedge clk_i) begin
    rst_n <= 1'b1;
    if (!rst_n) begin
      flying_q  <= '0;
      watched_q <= 1'b0;
      ahead_q   <= '0;
      word_q    <= '0;
    end else begin
      assume (!take_i || avail);
      assume (!push_i || flying_q != '0);
      assume (!pop_i || valid);

      a_legal:  assert (!fifo_error && !credit_fatal);
      a_sum:    assert (4'(flying_q) + 4'(count) == 4'(u_credit.used_q)
                    && u_credit.used_q <= Depth);
      a_ptrs:   assert (u_fifo.head_q < Depth && u_fifo.tail_q < Depth);
      a_wrap:   assert (3'(u_fifo.tail_q - u_fifo.head_q) % Depth == count % Depth);
      a_place:  assert (!watched_q || ahead_q < count);
      a_kept:   assert (!watched_q
                    || u_fifo.mem_q[(u_fifo.head_q + 2'(ahead_q)) % Depth] == word_q);
      a_given:  assert (!watched_q || ahead_q != '0 || data == word_q);

      flying_q <= flying_q + 3'(take_i) - 3'(push_i);
      if (!watched_q && push_i && watch_i) begin
        watched_q <= 1'b1;
        ahead_q   <= place;
        word_q    <= data_i;
      end else if (watched_q && pop_i) begin
        watched_q <= ahead_q != '0;
        ahead_q   <= ahead_q - 3'd1;
      end
      c_full: cover (count == Depth && watched_q);
    end
  end

endmodule
