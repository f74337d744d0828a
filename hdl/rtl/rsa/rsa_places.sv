// Which place a job gets, and which key a place has. Answers take three cycles: which places are
// idle and which of these have the key; the choice; the place.
//
// A key that is loaded over another may leave some of it: such a place is mixed, and the next
// zeroise of any key wipes it, too. No place of an engine that wipes is given out, since it would
// not take loads.

module rsa_places #(
  parameter  int unsigned Engines = 4,
  parameter  int unsigned Msgs = 4,
  parameter  int unsigned KeyW = 16,
  localparam int unsigned Places = Engines * Msgs,
  localparam int unsigned PlaceW = $clog2(Places)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               request_valid_i,
  output logic               request_ready_o,
  input  logic [KeyW-1:0]    request_key_i,
  output logic [PlaceW-1:0]  request_place_o,
  output logic               request_loaded_o,

  input  logic [Places-1:0]  busy_i,
  // The command of a job that has a place.
  input  logic               answer_valid_i,
  input  logic               answer_taken_i,
  input  logic [PlaceW-1:0]  answer_place_i,

  input  logic               zeroise_i,
  input  logic [KeyW-1:0]    zeroise_key_i,
  output logic               zeroise_busy_o,
  output logic               wipe_valid_o,
  input  logic               wipe_ready_i,
  output logic [PlaceW-1:0]  wipe_place_o,

  input  logic [Engines-1:0] fault_i
);

  localparam int unsigned CountW = $clog2(Msgs + 1);

  typedef enum logic [1:0] {
    Match,
    Choose,
    Give
  } state_e;

  state_e             state_q;
  logic [Places-1:0]  reserved_q, known_q, used_q, mixed_q, wipes_q, wiping_q;
  logic [Places-1:0]  idle, idle_q, has_q;
  logic [KeyW-1:0]    key_q [Places];
  logic [Engines-1:0] fault_q, wipes;
  logic [CountW-1:0]  count [Engines];

  always_comb begin
    for (int unsigned e = 0; e < Engines; e++) begin
      wipes[e] = wipes_q[Msgs*e+:Msgs] != '0 || wiping_q[Msgs*e+:Msgs] != '0;
    end
    for (int unsigned p = 0; p < Places; p++) begin
      idle[p] = !reserved_q[p] && !busy_i[p] && !wipes[p/Msgs] && !fault_q[p/Msgs];
    end
    for (int unsigned e = 0; e < Engines; e++) begin
      count[e] = '0;
      for (int unsigned m = 0; m < Msgs; m++) begin
        count[e] = count[e] + CountW'(!idle_q[Msgs*e+m]);
      end
    end
  end

  // The lowest place with the key; else of the engine with the fewest jobs, one without a key
  // first.
  logic [PlaceW-1:0] choice;
  logic              has, takes;

  assign has   = has_q != '0;
  // Wipes and faults may have come in between.
  assign takes = state_q == Choose && idle[choice] && !zeroise_i;
  always_comb begin
    choice = '0;
    for (int unsigned used = Msgs; used > 0; used--) begin
      for (int unsigned p = Places; p > 0; p--) begin
        if (idle_q[p-1] && count[(p-1)/Msgs] == CountW'(used - 1)) choice = PlaceW'(p - 1);
      end
      for (int unsigned p = Places; p > 0; p--) begin
        if (idle_q[p-1] && !used_q[p-1] && count[(p-1)/Msgs] == CountW'(used - 1)) begin
          choice = PlaceW'(p - 1);
        end
      end
    end
    for (int unsigned p = Places; p > 0; p--) if (has_q[p-1]) choice = PlaceW'(p - 1);
  end

  assign request_ready_o = state_q == Give;

  always_ff @(posedge clk_i) begin
    if (state_q == Match) begin
      idle_q <= idle;
      for (int unsigned p = 0; p < Places; p++) begin
        has_q[p] <= idle[p] && known_q[p] && key_q[p] == request_key_i;
      end
    end
    if (state_q == Choose) begin
      request_place_o  <= choice;
      request_loaded_o <= has;
    end
    if (takes) key_q[choice] <= request_key_i;
  end

  always_comb begin
    wipe_valid_o = 1'b0;
    wipe_place_o = '0;
    for (int unsigned p = Places; p > 0; p--) begin
      if (wipes_q[p-1] && !reserved_q[p-1] && !busy_i[p-1]) begin
        wipe_valid_o = 1'b1;
        wipe_place_o = PlaceW'(p - 1);
      end
    end
  end

  assign zeroise_busy_o = wipes_q != '0 || wiping_q != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= Match;
      reserved_q <= '0;
      known_q    <= '0;
      used_q     <= '0;
      mixed_q    <= '0;
      wipes_q    <= '0;
      wiping_q   <= '1;
      fault_q    <= '0;
    end else begin
      fault_q  <= fault_q | fault_i;
      wiping_q <= wiping_q & busy_i;
      unique case (state_q)
        Match: if (request_valid_i && idle != '0) state_q <= Choose;
        Choose: begin
          state_q <= takes ? Give : Match;
          if (takes) begin
            reserved_q[choice] <= 1'b1;
            used_q[choice]     <= 1'b1;
            if (!has) known_q[choice] <= 1'b0;
            if (!has && used_q[choice]) mixed_q[choice] <= 1'b1;
          end
        end
        Give:    state_q <= Match;
        default: state_q <= Match;
      endcase
      if (answer_valid_i && reserved_q[answer_place_i]) begin
        reserved_q[answer_place_i] <= 1'b0;
        known_q[answer_place_i]    <= answer_taken_i && !wipes_q[answer_place_i];
        if (!answer_taken_i) wipes_q[answer_place_i] <= 1'b1;
      end
      if (wipe_valid_o && wipe_ready_i) begin
        wipes_q[wipe_place_o]  <= 1'b0;
        wiping_q[wipe_place_o] <= 1'b1;
        used_q[wipe_place_o]   <= 1'b0;
        mixed_q[wipe_place_o]  <= 1'b0;
      end
      if (zeroise_i) begin
        for (int unsigned p = 0; p < Places; p++) begin
          if (used_q[p] && (mixed_q[p] || key_q[p] == zeroise_key_i)) begin
            known_q[p] <= 1'b0;
            wipes_q[p] <= 1'b1;
          end
        end
      end
    end
  end

endmodule
