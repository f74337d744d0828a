// A step as a product: which operands it takes and where its result goes. Combinational.

module rsa_step
  import rsa_pkg::*;
(
  input  step_e                 step_i,
  input  logic [MsgIndexW-1:0]  msg_i,
  input  logic                  half_i,
  input  logic [PassW-1:0]      pass_i,
  input  logic                  last_pass_i,
  input  logic                  first_i,     // the first square of a public operation
  input  logic [WindowW-1:0]    entry_i,     // of the table, to write
  input  logic [WindowW-1:0]    window_i,
  input  logic [WordIndexW-1:0] half_words_i,
  input  logic [WordIndexW-1:0] full_words_i,
  output slot_t                 slot_o,
  output dest_t                 dest_o
);

  logic [2:0] x_cell;
  logic       enters_table;

  assign x_cell = half_i ? WorkP : WorkQ;

  // One bit of TableEntries.
  function automatic logic [TableEntries-1:0] one_hot(logic [WindowW-1:0] entry);
    return TableEntries'(1) << entry;
  endfunction

  always_comb begin
    slot_o.msg     = msg_i;
    slot_o.half    = half_i;
    slot_o.pass    = pass_i;
    slot_o.a_from  = FromWork;
    slot_o.a_cell  = x_cell;
    slot_o.select  = one_hot(window_i);
    slot_o.b_key   = 1'b0;
    slot_o.b_cell  = {1'b0, x_cell};
    slot_o.c_from  = AddNothing;
    slot_o.c_cell  = x_cell;
    slot_o.n_cell  = half_i ? ModulusP : ModulusQ;
    dest_o.msg     = msg_i;
    dest_o.half    = half_i;
    dest_o.to      = ToWork;
    dest_o.unit_cell = x_cell;
    enters_table   = 1'b0;
    unique case (step_i)
      StepHigh: begin
        slot_o.a_from = FromMessage;
        slot_o.a_cell = {2'b0, MessageHigh};
        slot_o.b_key  = 1'b1;
        slot_o.b_cell = half_i ? KeyShiftP : KeyShiftQ;
      end
      StepLow: begin
        slot_o.a_from = FromMessage;
        slot_o.a_cell = {2'b0, MessageLow};
        slot_o.b_key  = 1'b1;
        slot_o.b_cell = half_i ? KeySquareP : KeySquareQ;
        slot_o.c_from = AddWork;
        enters_table  = 1'b1;
      end
      StepTable: begin
        slot_o.a_from = FromTable;
        slot_o.select = one_hot(WindowW'(1));
        enters_table  = 1'b1;
      end
      StepOne: begin
        slot_o.a_from = FromOne;
        slot_o.b_key  = 1'b1;
        slot_o.b_cell = half_i ? KeySquareP : KeySquareQ;
        enters_table  = 1'b1;
      end
      StepSquare: ;
      StepWindow: slot_o.a_from = FromTable;
      StepExit:   slot_o.a_from = FromOne;
      StepMinus: begin
        slot_o.a_cell    = WorkQ;
        slot_o.b_key     = 1'b1;
        slot_o.b_cell    = KeyMinus;
        dest_o.unit_cell = WorkH;
      end
      StepH: begin
        slot_o.b_key     = 1'b1;
        slot_o.b_cell    = KeyInverse;
        slot_o.c_from    = AddWork;
        slot_o.c_cell    = WorkH;
        dest_o.unit_cell = WorkH;
      end
      StepLift: begin
        slot_o.a_cell    = WorkQ;
        slot_o.b_key     = 1'b1;
        slot_o.b_cell    = KeySquareN;
        dest_o.unit_cell = WorkZ;
      end
      StepJoin: begin
        slot_o.a_cell = WorkH;
        slot_o.b_key  = 1'b1;
        slot_o.b_cell = KeyOther;
        slot_o.c_from = AddWork;
        slot_o.c_cell = WorkZ;
        dest_o.to     = ToResult;
      end
      StepEnter: begin
        slot_o.a_from    = FromMessage;
        slot_o.a_cell    = {2'b0, MessageLow};
        slot_o.b_key     = 1'b1;
        slot_o.b_cell    = KeySquareN;
        dest_o.unit_cell = WorkZ;
      end
      StepPubSquare: begin
        if (first_i) begin
          slot_o.a_cell = WorkZ;
          slot_o.b_cell = {1'b0, WorkZ};
        end
      end
      StepPubTimes: begin
        slot_o.a_cell = WorkZ;
      end
      StepPubExit: begin
        slot_o.a_from = FromOne;
        dest_o.to     = ToResult;
      end
      default: ;
    endcase
    if (is_full(step_i)) slot_o.n_cell = ModulusN;
    slot_o.words   = is_full(step_i) ? full_words_i : half_words_i;
    // The recombination multiplies a half into a full value; below, the upper half is another's.
    slot_o.a_words = (step_i == StepLift || step_i == StepJoin) ? half_words_i : slot_o.words;
    if (pass_i != '0) slot_o.c_from = AddSpill;
    dest_o.words   = slot_o.words;
    dest_o.entry   = (enters_table && last_pass_i) ? one_hot(entry_i) : '0;
    if (!last_pass_i) dest_o.to = ToSpill;
  end

endmodule
