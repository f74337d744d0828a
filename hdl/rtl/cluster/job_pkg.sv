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

  function automatic shape_t shape_of(job_t job);
    logic unused;
    unused = ^job;
    return '{
        data_bytes: job.data_bytes,
        data_block: job.data_block,
        aad_in_bytes: job.aad_in_bytes,
        aad_in_block: job.aad_in_block,
        aad_out_bytes: job.aad_out_bytes,
        aad_out_block: job.aad_out_block,
        program_job: job.program_job
    };
  endfunction

  function automatic info_t info_of(job_t job);
    logic unused;
    unused = ^job;
    return '{
        id: job.id,
        inline_output: job.inline_output,
        irq: job.irq,
        program_job: job.program_job,
        start_cycle: job.start_cycle,
        output_bytes: job.output_bytes,
        keys_used: job.keys_used,
        keys: job.keys
    };
  endfunction

  function automatic key_info_t key_info_of(job_t job);
    logic unused;
    unused = ^job;
    return '{
        id: job.id,
        irq: job.irq,
        start_cycle: job.start_cycle,
        target: job.target,
        generation: job.generation
    };
  endfunction

  // Checks that a job has to pass.
  function automatic logic [1:0] checks_of(step_t [StepsMax-1:0] steps);
    logic [1:0] count;
    count = '0;
    for (int unsigned i = 0; i < StepsMax; i++) begin
      if (steps[i].kind == StepMacCheck || steps[i].kind == StepGcmOpen ||
          (steps[i].kind == StepCbcOpen && steps[i].envelope)) begin
        count = (count == 2'd3) ? count : count + 2'd1;
      end
    end
    return count;
  endfunction

endpackage
