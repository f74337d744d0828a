// Types and constants of the RSA engine.
//
// A value is a row of words, the least significant first. A cell of a memory holds a value of a
// half, two cells of which the first is even hold a full one.

package rsa_pkg;

  // Cycles from a word's entry into an element to its entry into the next; digits of the other
  // operand take one less, so that they are there when their words come.
  parameter int unsigned ElementCycles = 5;
  // Cycles of a product beside those of its words: the quotient needs two.
  parameter int unsigned SlotExtra = 2;
  // From the first read of operands to the entry into the first element.
  parameter int unsigned FeedCycles = 6;
  // A window of the exponent, and what a table holds.
  parameter int unsigned WindowW = 4;
  parameter int unsigned TableEntries = 1 << WindowW;
  // Public exponents are below 2^33.
  parameter int unsigned PublicW = 33;
  // Sizes of moduli are multiples of it; words of the shortest half.
  parameter int unsigned SizeStep = 32;
  parameter int unsigned HalfWordsMin = 4;

  parameter int unsigned MsgIndexW = 3;    // messages in flight
  parameter int unsigned WordIndexW = 9;   // words of a full value
  parameter int unsigned PassW = 5;        // times a product goes through the array
  parameter int unsigned BitsW = 13;       // bits of a modulus
  parameter int unsigned LoadW = 32;

  // What is loaded. For exponents the cell is the half, the index counts 16 bits.
  typedef enum logic [2:0] {
    LoadMessage,
    LoadKey,
    LoadModulus,
    LoadInverse,
    LoadExponent
  } load_e;

  typedef enum logic [1:0] {
    CmdPrivate,
    CmdPublic,
    CmdZeroise
  } cmd_e;

  // What a command is answered.
  typedef enum logic [2:0] {
    AnswerTaken,
    AnswerBusy,      // the message works, or is wiped
    AnswerCommand,   // no such command
    AnswerSize,      // not a size that the engine takes
    AnswerExponent,  // a public exponent below 2
    AnswerLoad       // a load had no place; zeroise takes this back
  } answer_e;

  // Cells by memory. A private operation splits the message: the words above the lowest
  // (full words - half words) are in MessageHigh, from index 0.
  parameter logic [0:0] MessageLow = 1'd0;
  parameter logic [0:0] MessageHigh = 1'd1;
  parameter logic [2:0] WorkP = 3'd0;      // full for a public operation
  parameter logic [2:0] WorkQ = 3'd2;
  parameter logic [2:0] WorkH = 3'd3;
  parameter logic [2:0] WorkZ = 3'd4;      // full
  parameter logic [3:0] KeySquareQ = 4'd0; // R^2 mod q
  parameter logic [3:0] KeySquareP = 4'd1;
  parameter logic [3:0] KeyShiftQ = 4'd2;  // R^3 2^(bits of MessageLow) mod q
  parameter logic [3:0] KeyShiftP = 4'd3;
  parameter logic [3:0] KeyInverse = 4'd4; // q^-1 mod p
  parameter logic [3:0] KeyMinus = 4'd5;   // -q^-1 R^2 mod p
  parameter logic [3:0] KeySquareN = 4'd8; // full: R^2 mod n
  parameter logic [3:0] KeyOther = 4'd10;  // full: q R mod n
  parameter logic [1:0] ModulusN = 2'd0;   // full
  parameter logic [1:0] ModulusQ = 2'd2;
  parameter logic [1:0] ModulusP = 2'd3;

  typedef enum logic [1:0] {
    FromMessage,
    FromWork,
    FromTable,
    FromOne
  } a_from_e;

  typedef enum logic [1:0] {
    AddNothing,
    AddWork,
    AddSpill
  } c_from_e;

  typedef enum logic [1:0] {
    ToSpill,
    ToWork,
    ToResult
  } d_to_e;

  // What a thread does next. Each step is one product D = (A B + C) / R modulo N.
  typedef enum logic [3:0] {
    StepHigh,      // upper words of the message
    StepLow,       // plus the lower ones: the message in Montgomery's form
    StepTable,     // powers 2 to 15
    StepOne,       // power 0
    StepSquare,
    StepWindow,    // times an entry of the table
    StepExit,      // q: out of Montgomery's form
    StepMinus,     // p: -s_q / q
    StepH,         // p: h = (s_p - s_q) / q
    StepLift,      // n: s_q in Montgomery's form
    StepJoin,      // n: s_q + h q
    StepEnter,     // public operation: as StepLow to StepExit, modulo n
    StepPubSquare,
    StepPubTimes,
    StepPubExit
  } step_e;

  // Whether a step works modulo n.
  function automatic logic is_full(step_e step);
    return step == StepLift || step == StepJoin || step == StepEnter || step == StepPubSquare ||
        step == StepPubTimes || step == StepPubExit;
  endfunction

  // A product and the operands that it takes.
  typedef struct packed {
    logic [MsgIndexW-1:0]    msg;
    logic                    half;    // 1: p
    logic [WordIndexW-1:0]   words;
    logic [PassW-1:0]        pass;
    a_from_e                 a_from;
    logic [2:0]              a_cell;
    logic [WordIndexW-1:0]   a_words; // words of A; zeros above
    logic [TableEntries-1:0] select;  // entry of the table, one bit
    logic                    b_key;
    logic [3:0]              b_cell;
    c_from_e                 c_from;
    logic [2:0]              c_cell;
    logic [1:0]              n_cell;
  } slot_t;

  // Where a product goes.
  typedef struct packed {
    logic [MsgIndexW-1:0]    msg;
    logic                    half;
    logic [WordIndexW-1:0]   words;
    d_to_e                   to;
    logic [2:0]              unit_cell;
    logic [TableEntries-1:0] entry;   // of the table, none or one bit
  } dest_t;

endpackage
