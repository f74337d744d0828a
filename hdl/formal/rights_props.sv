// What is admitted was allowed: every key is there in the generation that the descriptor named,
// with the rights that the job needs; keys of a program know each other.

module rights_props
  import card_pkg::*;
  import front_pkg::*;
(
  input logic                clk_i,
  input logic                check_ok_i,
  input logic                fatal_i,
  input logic                ready_i,
  input logic                address_ok_i,
  input logic [1:0]          roots_i,
  input request_t            request_i,
  input logic [KeysMax-1:0]  valid_i,
  input meta_t [KeysMax-1:0] meta_i
);

  logic [7:0] status;
  logic       ok, loads, runs_program;

  rights dut (
    .check_ok_i,
    .fatal_i,
    .ready_i,
    .address_ok_i,
    .roots_i,
    .request_i,
    .valid_i,
    .meta_i,
    .status_o (status)
  );

  assign ok           = status == abi_pkg::StatusOk;
  assign loads        = request_i.act == ActKeyLoad;
  assign runs_program = request_i.roles != '0;

  always_ff @(posedge clk_i) begin
    if (ok) begin
      a_ready:   assert (check_ok_i && ready_i && !fatal_i);
      a_form:    assert (request_i.opcode_ok && request_i.length_ok && address_ok_i);
      a_usage:   assert ((request_i.usage & ~meta_i[0].usage) == '0);
    end
    // a bad check comes first: nothing of the descriptor is believed
    a_check: assert (check_ok_i || status == abi_pkg::StatusBadCheck);
    c_job:   cover (ok && runs_program && request_i.keys_checked == 4'b0111
                    && request_i.slots[0] != request_i.slots[1]);
  end

  for (genvar k = 0; k < KeysMax; k++) begin : gen_key
    always_ff @(posedge clk_i) begin
      if (ok && request_i.keys_checked[k]) begin
        a_slot:       assert (request_i.slot_ok[k]);
        a_there:      assert (loads || valid_i[k]);
        a_generation: assert (loads || meta_i[k].generation == request_i.generations[k]);
        a_role:       assert (!runs_program
                          || (request_i.roles[k] & ~meta_i[k].roles) == '0);
      end
    end
    for (genvar l = 0; l < KeysMax; l++) begin : gen_partner
      always_ff @(posedge clk_i) begin
        if (ok && runs_program && request_i.keys_checked[k] && request_i.keys_checked[l]
            && request_i.slots[k] != request_i.slots[l]) begin
          a_partition: assert (meta_i[k].partition == meta_i[l].partition);
          a_partner:   assert (meta_i[k].key_id != '0
                           && (meta_i[l].partner[0] == meta_i[k].key_id
                               || meta_i[l].partner[1] == meta_i[k].key_id
                               || meta_i[l].partner[2] == meta_i[k].key_id));
        end
      end
    end
  end

endmodule
