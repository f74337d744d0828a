// Parts of a job, for those who keep them.

package job_pkg;

  import card_pkg::*;

  // Lengths of a job, from which those of its steps follow.
  typedef struct packed {
    logic [BytesW-1:0] data_bytes;
    logic [BlockW-1:0] data_block;
    logic [7:0]        aad_in_bytes;
    logic [BlockW-1:0] aad_in_block;
    logic [7:0]        aad_out_bytes;
    logic [BlockW-1:0] aad_out_block;
    logic              program_job;
  } shape_t;

  // What the front gets back of a job.
  typedef struct packed {
    job_id_t                id;
    logic                   inline_output;
    logic                   irq;
    logic                   program_job;
    logic [31:0]            start_cycle;
    logic [BytesW-1:0]      output_bytes;
    logic [KeysMax-1:0]     keys_used;
    key_ref_t [KeysMax-1:0] keys;
  } info_t;

  // What it gets back of a key_load job.
  typedef struct packed {
    job_id_t          id;
    logic             irq;
    logic [31:0]      start_cycle;
    logic [SlotW-1:0] target;
    logic [31:0]      generation;
  } key_info_t;

endpackage
