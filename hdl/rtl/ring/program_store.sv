// The programs on the card. A program is checked in the cycle in which it is loaded.
//
// program_o follows index_i without delay; known_o is low for an index that was never loaded.

module program_store
  import card_pkg::*;
  import front_pkg::*;
#(
  localparam int unsigned NumPrograms = abi_pkg::ProgramsMax,
  localparam int unsigned IndexW = $clog2(NumPrograms)
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              check_i,       // a program stands on steps_i
  input  logic              load_i,        // keep it, if it is one
  input  logic [IndexW-1:0] load_index_i,
  input  logic [127:0]      steps_i,
  input  logic [7:0]        params_i,
  output logic              load_ok_o,

  input  logic [IndexW-1:0] index_i,
  output logic              known_o,
  output program_t          program_o
);

  program_t               store_q [NumPrograms];
  logic [NumPrograms-1:0] known_q;
  program_t               checked;
  logic                   ok;

  program_check u_check (
    .steps_i(check_i ? steps_i : '0), .params_i, .ok_o(ok), .program_o(checked)
  );

  assign load_ok_o = ok;
  assign known_o   = known_q[index_i];
  assign program_o = store_q[index_i];

  always_ff @(posedge clk_i) begin
    if (load_i && ok) store_q[load_index_i] <= checked;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) known_q <= '0;
    else if (load_i && ok) known_q[load_index_i] <= 1'b1;
  end

endmodule
