// Whether a descriptor may be done, and if not, why; combinational.
//
// The order of the answers is part of the card's interface: check, readiness, opcode, length,
// address; then for each key in turn missing slot or key, generation; then policy.

module rights
  import card_pkg::*;
  import front_pkg::*;
(
  input  logic                check_ok_i,   // CRC and phase
  input  logic                fatal_i,
  input  logic                ready_i,
  input  logic                address_ok_i,
  input  logic [1:0]          roots_i,      // transport, device root are there
  input  request_t            request_i,
  input  logic [KeysMax-1:0]  valid_i,
  input  meta_t [KeysMax-1:0] meta_i,
  output logic [7:0]          status_o
);

  logic [KeysMax-1:0] empty, stale;
  logic               is_program, root_ok, keys_ok, policy_ok;
  logic [7:0]         key_status;
  logic               unused_request;

  assign is_program     = request_i.roles != '0;
  assign root_ok        = request_i.root ? roots_i[1] : roots_i[0];
  assign unused_request = ^{request_i.reads, request_i.writes, request_i.direct,
                            request_i.read_bytes, request_i.input_addr, request_i.open_key,
                            request_i.slots};

  // ---------------------------------------------------------------- each key alone
  for (genvar k = 0; k < KeysMax; k++) begin : gen_key
    logic key_there;
    assign key_there = request_i.slot_ok[k]
                       && (request_i.act == ActKeyLoad ? root_ok : valid_i[k]);
    assign empty[k]  = request_i.keys_checked[k] && !key_there;
    assign stale[k]  = request_i.keys_checked[k] && request_i.act != ActKeyLoad
                       && meta_i[k].generation != request_i.generations[k];
  end

  always_comb begin
    keys_ok    = 1'b1;
    key_status = abi_pkg::StatusOk;
    for (int unsigned k = 0; k < KeysMax; k++) begin
      if (keys_ok && (empty[k] || stale[k])) begin
        keys_ok    = 1'b0;
        key_status = empty[k] ? abi_pkg::StatusEmptySlot : abi_pkg::StatusStaleKey;
      end
    end
  end

  // ---------------------------------------------------------------- keys of a program
  // A key's partners have that one among them; 0 names none.
  function automatic logic names(logic [2:0][63:0] partner, logic [63:0] key_id);
    return key_id != '0
           && (partner[0] == key_id || partner[1] == key_id || partner[2] == key_id);
  endfunction

  always_comb begin
    policy_ok = 1'b1;
    for (int unsigned a = 0; a < KeysMax; a++) begin
      if (is_program) begin
        if ((request_i.roles[a] & ~meta_i[a].roles) != '0) policy_ok = 1'b0;
        for (int unsigned b = a + 1; b < KeysMax; b++) begin
          if (request_i.keys_checked[a] && request_i.keys_checked[b]
              && request_i.slots[a] != request_i.slots[b]) begin
            if (meta_i[a].partition != meta_i[b].partition
                || !names(meta_i[a].partner, meta_i[b].key_id)
                || !names(meta_i[b].partner, meta_i[a].key_id)) policy_ok = 1'b0;
          end
        end
      end
    end
    if ((request_i.usage & ~meta_i[0].usage) != '0) policy_ok = 1'b0;
  end

  always_comb begin
    if (!check_ok_i) status_o = abi_pkg::StatusBadCheck;
    else if (fatal_i) status_o = abi_pkg::StatusFault;
    else if (!ready_i) status_o = abi_pkg::StatusNotReady;
    else if (!request_i.opcode_ok) status_o = abi_pkg::StatusBadOpcode;
    else if (!request_i.length_ok) status_o = abi_pkg::StatusBadLength;
    else if (!address_ok_i) status_o = abi_pkg::StatusBadAddress;
    else if (!keys_ok) status_o = key_status;
    else if (!policy_ok) status_o = abi_pkg::StatusPolicy;
    else status_o = abi_pkg::StatusOk;
  end

endmodule
