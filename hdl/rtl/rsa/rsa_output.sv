// Gives results out, word by word, the least significant first; one message at a time.
// A result is below its modulus: of the two words in memory, the result and the result less the
// modulus, a mask picks one.

module rsa_output
  import rsa_pkg::*;
#(
  parameter  int unsigned WordW = 26,
  parameter  int unsigned Msgs = 4,
  localparam int unsigned MsgW = $clog2(Msgs)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  done_i,      // a result is in memory
  input  logic [MsgW-1:0]       done_msg_i,
  input  logic                  below_i,     // it is below its modulus
  input  logic [WordIndexW-1:0] words_i,

  output logic [MsgW-1:0]       read_msg_o,
  output logic [WordIndexW-1:0] read_index_o,
  input  logic [2*WordW-1:0]    read_data_i, // one cycle later

  output logic                  valid_o,
  input  logic                  ready_i,
  output logic [MsgW-1:0]       msg_o,
  output logic [WordW-1:0]      data_o,
  output logic                  last_o       // with the last word the message is free
);

  typedef enum logic [1:0] {
    Idle,
    Address,
    Select,
    Give
  } state_e;

  state_e                state_q;
  logic [Msgs-1:0]       done_q, below_q;
  logic [WordIndexW-1:0] words_q [Msgs];
  logic [MsgW-1:0]       msg_q;
  logic [WordIndexW-1:0] index_q;

  assign read_msg_o   = msg_q;
  assign read_index_o = index_q;
  assign valid_o      = state_q == Give;
  assign msg_o        = msg_q;
  assign last_o       = index_q + 1'b1 == words_q[msg_q];

  always_ff @(posedge clk_i) begin
    if (done_i) words_q[done_msg_i] <= words_i;
    if (state_q == Select) begin
      data_o <= (read_data_i[WordW+:WordW] & {WordW{below_q[msg_q]}}) |
          (read_data_i[WordW-1:0] & {WordW{!below_q[msg_q]}});
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      done_q  <= '0;
      below_q <= '0;
      msg_q   <= '0;
      index_q <= '0;
    end else begin
      unique case (state_q)
        Idle: begin
          index_q <= '0;
          for (int unsigned m = 0; m < Msgs; m++) begin
            if (done_q[m]) begin
              msg_q   <= MsgW'(m);
              state_q <= Address;
            end
          end
        end
        Address: state_q <= Select;
        Select:  state_q <= Give;
        Give: begin
          if (ready_i) begin
            index_q <= index_q + 1'b1;
            state_q <= Address;
            if (last_o) begin
              state_q       <= Idle;
              done_q[msg_q] <= 1'b0;
            end
          end
        end
        default: state_q <= Idle;
      endcase
      if (done_i) begin
        done_q[done_msg_i]  <= 1'b1;
        below_q[done_msg_i] <= below_i;
      end
    end
  end

endmodule
