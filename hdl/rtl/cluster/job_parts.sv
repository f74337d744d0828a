// Parts of a job, for those who keep them; zeros while there is no job.

module job_parts
  import card_pkg::*;
  import job_pkg::*;
(
  input  logic       valid_i,
  input  job_t       job_i,
  output shape_t     shape_o,
  output info_t      info_o,
  output key_info_t  key_info_o,
  output logic [1:0] checks_o      // that the job has to pass
);

  always_comb begin
    shape_o    = '0;
    info_o     = '0;
    key_info_o = '0;
    checks_o   = '0;
    if (valid_i) begin
      shape_o = '{
          data_bytes: job_i.data_bytes,
          data_block: job_i.data_block,
          aad_in_bytes: job_i.aad_in_bytes,
          aad_in_block: job_i.aad_in_block,
          aad_out_bytes: job_i.aad_out_bytes,
          aad_out_block: job_i.aad_out_block,
          program_job: job_i.program_job
      };
      info_o = '{
          id: job_i.id,
          inline_output: job_i.inline_output,
          irq: job_i.irq,
          program_job: job_i.program_job,
          start_cycle: job_i.start_cycle,
          output_bytes: job_i.output_bytes,
          keys_used: job_i.keys_used,
          keys: job_i.keys
      };
      key_info_o = '{
          id: job_i.id,
          irq: job_i.irq,
          start_cycle: job_i.start_cycle,
          target: job_i.target,
          generation: job_i.generation
      };
      for (int unsigned i = 0; i < StepsMax; i++) begin
        if (checks_o != 2'd3 && (job_i.steps[i].kind == StepMacCheck ||
            job_i.steps[i].kind == StepGcmOpen ||
            (job_i.steps[i].kind == StepCbcOpen && job_i.steps[i].envelope))) begin
          checks_o = checks_o + 2'd1;
        end
      end
    end
  end

  logic unused;
  assign unused = ^job_i;

endmodule
