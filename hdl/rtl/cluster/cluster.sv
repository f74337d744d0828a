// One forward AES lane, one inverse lane, one GHASH unit, and the messages they work on.

module cluster
  import card_pkg::*;
#(
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  // The card's count of cycles; job_t.start_cycle is a value of it.
  input  logic [31:0]      cycle_i,

  // A free context; taken with ctx_take_i.
  output logic             ctx_valid_o,
  output logic [CtxW-1:0]  ctx_id_o,
  input  logic             ctx_take_i,

  // A job for a context that was taken. Comes before the first line of its input.
  input  logic             job_valid_i,
  input  job_t             job_i,

  // Lines of its input.
  input  logic             in_valid_i,
  input  logic [CtxW-1:0]  in_ctx_i,
  input  logic [LineW-1:0] in_line_i,
  input  line_t            in_data_i,

  // All its input is there, or will never be. At least one cycle after the job.
  input  logic             start_valid_i,
  input  logic [CtxW-1:0]  start_ctx_i,
  input  logic             start_error_i,

  // Beats of output, in TLPs of at most 256 bytes.
  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [63:0]      out_addr_o,
  output line_t            out_data_o,
  output logic [6:0]       out_bytes_o,
  output logic             out_last_o,

  // The end of a job, after its last beat was taken.
  output logic             done_valid_o,
  input  logic             done_ready_i,
  output done_t            done_o,

  // The end of a key_load job.
  output logic             kl_valid_o,
  input  logic             kl_ready_i,
  output line_t            kl_header_o,
  output logic [255:0]     kl_key_o,
  output logic             kl_ok_o,
  output key_job_t         kl_job_o,

  // Round keys, to all clusters at once.
  input  logic             kw_valid_i,
  input  logic [SlotW-1:0] kw_slot_i,
  input  logic [3:0]       kw_round_i,
  input  block_t           kw_data_i,
  input  logic             zero_valid_i,
  input  logic [SlotW-1:0] zero_slot_i,

  // Values derived from a key that was written; one slot at a time.
  input  logic             init_valid_i,
  input  logic [SlotW-1:0] init_slot_i,
  input  logic [1:0]       init_len_i,
  input  logic             init_gcm_i,
  output logic             init_done_o,

  output events_t          events_o,
  output logic             busy_o,   // a job, an init or a wipe is inside
  output logic             fatal_o   // an illegal state was seen; stays until reset
);
endmodule
