// Several engines behind one load port, one command port and one stream of results.
//
// A message of an engine is a place. A job asks for one under the name of its key. It gets an idle
// place that has the key, or else one of the engine with the fewest jobs, into which the key has to
// be loaded. The place is the job's until its command is answered; then it keeps the key for later
// jobs. A refused job's place is wiped. Zeroise forgets a key at once and wipes every place that
// had it, as soon as the job there has ended. An engine with a fault gets no more jobs until reset.
//
// Loads, commands, answers and results as of rsa_engine; places are numbered engine by engine. Two
// results never mix.

module rsa_farm
  import rsa_pkg::*;
#(
  parameter  int unsigned Engines = 4,
  parameter  int unsigned NumPe = 61,
  parameter  int unsigned DigitW = 17,
  parameter  int unsigned WordW = 26,
  parameter  int unsigned Msgs = 4,           // a power of two
  parameter  int unsigned MaxHalfBits = 2048,
  parameter  int unsigned KeyW = 16,
  localparam int unsigned MsgW = $clog2(Msgs),
  localparam int unsigned EngineW = (Engines > 1) ? $clog2(Engines) : 1,
  localparam int unsigned Places = Engines * Msgs,
  localparam int unsigned PlaceW = $clog2(Places)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // Held until it is given a place.
  input  logic                  request_valid_i,
  output logic                  request_ready_o,
  input  logic [KeyW-1:0]       request_key_i,
  output logic [PlaceW-1:0]     request_place_o,
  output logic                  request_loaded_o, // the key is there

  input  logic                  load_valid_i,
  output logic                  load_ready_o,
  input  load_e                 load_to_i,
  input  logic [PlaceW-1:0]     load_place_i,
  input  logic [3:0]            load_cell_i,
  input  logic [WordIndexW-1:0] load_index_i,
  input  logic [LoadW-1:0]      load_data_i,

  input  logic                  cmd_valid_i,
  input  cmd_e                  cmd_i,            // private or public
  input  logic [PlaceW-1:0]     cmd_place_i,
  input  logic [BitsW-1:0]      cmd_bits_i,
  input  logic [PublicW-1:0]    cmd_exponent_i,
  output logic                  answer_valid_o,
  output answer_e               answer_o,

  input  logic                  zeroise_i,
  input  logic [KeyW-1:0]       zeroise_key_i,
  output logic                  zeroise_busy_o,   // something is still to be wiped
  input  logic [Engines-1:0]    fault_i,

  output logic [Places-1:0]     busy_o,
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [PlaceW-1:0]     out_place_o,
  output logic [WordW-1:0]      out_data_o,
  output logic                  out_last_o,

  // Of one engine.
  input  logic [EngineW-1:0]    count_engine_i,
  output logic [47:0]           count_cycles_o,
  output logic [47:0]           count_words_o,
  output logic [47:0]           count_passes_o,
  output logic [47:0]           count_results_o
);

  function automatic logic [EngineW-1:0] engine_of(logic [PlaceW-1:0] place);
    return EngineW'(place >> MsgW);
  endfunction

  logic [PlaceW-1:0]  wipe_place, cmd_place, cmd_place_q;
  logic               wipe, cmd_valid, job_q;
  cmd_e               cmd;
  logic [Engines-1:0] load_ready, answer_valid, out_valid, out_ready, out_last;
  answer_e            answer [Engines];
  logic [MsgW-1:0]    out_msg [Engines];
  logic [WordW-1:0]   out_data [Engines];
  logic [47:0]        count_cycles [Engines];
  logic [47:0]        count_words [Engines];
  logic [47:0]        count_passes [Engines];
  logic [47:0]        count_results [Engines];

  rsa_places #(
    .Engines(Engines),
    .Msgs(Msgs),
    .KeyW(KeyW)
  ) u_places (
    .clk_i,
    .rst_ni,
    .request_valid_i,
    .request_ready_o,
    .request_key_i,
    .request_place_o,
    .request_loaded_o,
    .busy_i(busy_o),
    .answer_valid_i(answer_valid_o),
    .answer_taken_i(answer_o == AnswerTaken),
    .answer_place_i(cmd_place_q),
    .zeroise_i,
    .zeroise_key_i,
    .zeroise_busy_o,
    .wipe_valid_o(wipe),
    .wipe_ready_i(!cmd_valid_i),
    .wipe_place_o(wipe_place),
    .fault_i
  );

  // A command of a job goes before a wipe.
  assign cmd_valid = cmd_valid_i || wipe;
  assign cmd_place = cmd_valid_i ? cmd_place_i : wipe_place;
  assign cmd       = cmd_valid_i ? cmd_i : CmdZeroise;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) job_q <= 1'b0;
    else         job_q <= cmd_valid_i;
  end
  always_ff @(posedge clk_i) cmd_place_q <= cmd_place;

  assign load_ready_o   = load_ready[engine_of(load_place_i)];
  assign answer_valid_o = job_q && answer_valid[engine_of(cmd_place_q)];
  assign answer_o       = answer[engine_of(cmd_place_q)];

  for (genvar e = 0; e < Engines; e++) begin : gen_engines
    rsa_engine #(
      .NumPe(NumPe),
      .DigitW(DigitW),
      .WordW(WordW),
      .Msgs(Msgs),
      .MaxHalfBits(MaxHalfBits)
    ) u_engine (
      .clk_i,
      .rst_ni,
      .load_valid_i(load_valid_i && engine_of(load_place_i) == EngineW'(e)),
      .load_ready_o(load_ready[e]),
      .load_to_i,
      .load_msg_i(load_place_i[MsgW-1:0]),
      .load_cell_i,
      .load_index_i,
      .load_data_i,
      .cmd_valid_i(cmd_valid && engine_of(cmd_place) == EngineW'(e)),
      .cmd_i(cmd),
      .cmd_msg_i(cmd_place[MsgW-1:0]),
      .cmd_bits_i,
      .cmd_exponent_i,
      .answer_valid_o(answer_valid[e]),
      .answer_o(answer[e]),
      .busy_o(busy_o[Msgs*e+:Msgs]),
      .out_valid_o(out_valid[e]),
      .out_ready_i(out_ready[e]),
      .out_msg_o(out_msg[e]),
      .out_data_o(out_data[e]),
      .out_last_o(out_last[e]),
      .count_cycles_o(count_cycles[e]),
      .count_words_o(count_words[e]),
      .count_passes_o(count_passes[e]),
      .count_results_o(count_results[e])
    );
  end

  // Results: an engine's whole one, then the next engine's that has one.
  logic [EngineW-1:0] from_q, next;
  logic               gives_q;

  always_comb begin
    next = from_q;
    for (int unsigned i = Engines; i > 0; i--) begin
      if (out_valid[(32'(from_q) + i) % Engines]) next = EngineW'((32'(from_q) + i) % Engines);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      from_q  <= '0;
      gives_q <= 1'b0;
    end else if (!gives_q) begin
      from_q  <= next;
      gives_q <= out_valid != '0;
    end else if (out_valid_o && out_ready_i && out_last_o) begin
      gives_q <= 1'b0;
    end
  end

  always_comb begin
    out_ready         = '0;
    out_ready[from_q] = gives_q && out_ready_i;
  end
  assign out_valid_o = gives_q && out_valid[from_q];
  assign out_last_o  = out_last[from_q];
  assign out_data_o  = out_data[from_q];
  assign out_place_o = PlaceW'({from_q, out_msg[from_q]});

  assign count_cycles_o  = count_cycles[count_engine_i];
  assign count_words_o   = count_words[count_engine_i];
  assign count_passes_o  = count_passes[count_engine_i];
  assign count_results_o = count_results[count_engine_i];

endmodule
