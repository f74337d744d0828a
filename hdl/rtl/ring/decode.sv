// What a descriptor asks for; combinational. The keys' rights and lengths of key are not known yet,
// the context comes later still.

module decode
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumSlots = DefaultNumSlots
) (
  input  line_t            desc_i,
  input  logic [RingW-1:0] ring_i,
  input  logic             wide_i,     // the ring's completions have room for inline output
  input  logic [31:0]      cycle_i,    // when it arrived
  input  logic             known_i,    // its program was loaded
  input  program_t         program_i,
  output request_t         request_o,
  output job_t             job_o
);

  logic [7:0]  opcode, flags;
  logic        decrypt, inline_in, inline_out, single, gcm, load, is_program, aead;
  logic        index_ok, flags_ok, opcode_ok;
  logic [15:0] aad;
  block_t      iv, extra;
  lengths_t    len;
  act_e        act;
  step_kind_e  kind;
  logic [8:0]  usage;
  logic [KeysMax-1:0][15:0] slots;
  logic        unused_desc;

  assign opcode     = desc_i[abi_pkg::DescOpcodeLsb +: 8];
  assign flags      = desc_i[abi_pkg::DescFlagsLsb +: 8];
  assign decrypt    = flags[abi_pkg::FlagDecrypt];
  assign inline_in  = flags[abi_pkg::FlagInlineInput];
  assign inline_out = flags[abi_pkg::FlagInlineOutput];
  assign iv         = swap_block(desc_i[abi_pkg::DescIvLsb +: 128]);
  assign extra      = swap_block(desc_i[abi_pkg::DescInlineLsb +: 128]);
  assign gcm        = opcode == abi_pkg::OpGcm;
  assign load       = opcode == abi_pkg::OpKeyLoad;
  assign is_program = opcode == abi_pkg::OpProgram;
  assign aead       = gcm || load;
  assign single     = usage != '0;
  assign slots      = {desc_i[abi_pkg::DescSlotDLsb +: 16], desc_i[abi_pkg::DescSlotCLsb +: 16],
                       desc_i[abi_pkg::DescSlotBLsb +: 16], desc_i[abi_pkg::DescSlotLsb +: 16]};
  assign aad        = desc_i[abi_pkg::DescAadBytesLsb +: 16];
  assign unused_desc = ^{desc_i[abi_pkg::DescCheckLsb +: 32]};

  lengths u_lengths (
    .opcode_i(opcode), .decrypt_i(decrypt), .inline_input_i(inline_in),
    .inline_output_i(inline_out), .input_bytes_i(desc_i[abi_pkg::DescInputBytesLsb +: 16]),
    .aad_bytes_i(aad), .aad_in_bytes_i(desc_i[abi_pkg::DescAadInBytesLsb +: 8]),
    .aad_out_bytes_i(desc_i[abi_pkg::DescAadOutBytesLsb +: 8]), .program_i, .lengths_o(len)
  );

  // ---------------------------------------------------------------- opcode
  always_comb begin
    act   = ActRefuse;
    kind  = StepEnd;
    usage = '0;
    unique case (opcode)
      abi_pkg::OpEcb: begin
        kind = decrypt ? StepEcbOpen : StepEcbEncrypt;
        usage[decrypt ? abi_pkg::UsageEcbDecrypt : abi_pkg::UsageEcbEncrypt] = 1'b1;
      end
      abi_pkg::OpCbc: begin
        kind = decrypt ? StepCbcOpen : StepCbcSeal;
        usage[decrypt ? abi_pkg::UsageCbcDecrypt : abi_pkg::UsageCbcEncrypt] = 1'b1;
      end
      abi_pkg::OpGcm: begin
        kind = decrypt ? StepGcmOpen : StepGcmSeal;
        usage[decrypt ? abi_pkg::UsageGcmDecrypt : abi_pkg::UsageGcmEncrypt] = 1'b1;
      end
      abi_pkg::OpCtr: begin
        kind = StepCtrSeal;
        usage[abi_pkg::UsageCtr] = 1'b1;
      end
      abi_pkg::OpCmac: begin
        kind = StepCmac;
        usage[abi_pkg::UsageCmac] = 1'b1;
      end
      abi_pkg::OpCbcMac: begin
        kind = StepCbcMac;
        usage[abi_pkg::UsageCbcMac] = 1'b1;
      end
      abi_pkg::OpKeyLoad:     kind = StepGcmOpen;
      default:                kind = StepEnd;
    endcase
    if (single || is_program) act = ActJob;
    if (load) act = ActKeyLoad;
    if (opcode == abi_pkg::OpKeyZeroise) act = ActZeroise;
    if (opcode == abi_pkg::OpProgramLoad) act = ActProgram;
  end

  // ---------------------------------------------------------------- flags and fields
  assign index_ok = desc_i[abi_pkg::DescProgramLsb +: 8] < 8'(abi_pkg::ProgramsMax);
  assign flags_ok = flags[7:5] == '0
                    && (!decrypt || opcode == abi_pkg::OpEcb || opcode == abi_pkg::OpCbc || gcm)
                    && (!inline_in || (single && !gcm))
                    && (!inline_out || (wide_i && (single || is_program)));

  always_comb begin
    unique case (opcode)
      abi_pkg::OpNop, abi_pkg::OpKeyZeroise: opcode_ok = 1'b1;
      abi_pkg::OpKeyLoad:     opcode_ok = desc_i[abi_pkg::DescGenerationLsb +: 32] != '0
                                          && desc_i[abi_pkg::DescKeyRootLsb +: 8] <= 8'd1;
      abi_pkg::OpProgramLoad: opcode_ok = index_ok;
      abi_pkg::OpProgram:     opcode_ok = index_ok && known_i;
      default:                opcode_ok = single;
    endcase
  end

  // ---------------------------------------------------------------- result
  always_comb begin
    request_o              = '0;
    request_o.act          = act;
    request_o.opcode_ok    = opcode_ok && flags_ok;
    request_o.length_ok    = len.ok;
    request_o.direct       = inline_in || len.read_bytes == '0;
    request_o.reads        = !request_o.direct;
    request_o.writes       = !inline_out && len.output_bytes != '0;
    request_o.read_bytes   = len.read_bytes;
    request_o.input_addr   = desc_i[abi_pkg::DescInputLsb +: 64];
    request_o.usage        = usage;
    request_o.open_key     = program_i.open_key;
    request_o.roles        = is_program ? program_i.roles : '0;
    request_o.root         = desc_i[abi_pkg::DescKeyRootLsb];
    request_o.generations  = {desc_i[abi_pkg::DescGenerationDLsb +: 32],
                              desc_i[abi_pkg::DescGenerationCLsb +: 32],
                              desc_i[abi_pkg::DescGenerationBLsb +: 32],
                              desc_i[abi_pkg::DescGenerationLsb +: 32]};
    for (int unsigned k = 0; k < KeysMax; k++) begin
      request_o.slots[k]   = slots[k][SlotW-1:0];
      request_o.slot_ok[k] = slots[k] < 16'(NumSlots);
    end
    if (is_program) request_o.keys_checked = program_i.keys_used;
    else request_o.keys_checked[0] = single || load || opcode == abi_pkg::OpKeyZeroise;
  end

  always_comb begin
    job_o               = '0;
    job_o.id.ring       = ring_i;
    job_o.id.tag        = desc_i[abi_pkg::DescTagLsb +: 16];
    job_o.program_job   = is_program;
    job_o.key_load      = load;
    job_o.inline_output = inline_out;
    job_o.irq           = flags[abi_pkg::FlagInterrupt];
    job_o.start_cycle   = cycle_i;
    job_o.generation    = request_o.generations[0];
    job_o.target        = request_o.slots[0];
    job_o.keys_used     = is_program ? program_i.keys_used : KeysMax'(single);
    job_o.data_bytes    = load ? BytesW'(32) : len.data_bytes;
    job_o.data_block    = load ? BlockW'(4) : len.data_block;
    job_o.aad_in_bytes  = load ? 8'd64
                          : (gcm ? aad[7:0] : desc_i[abi_pkg::DescAadInBytesLsb +: 8]);
    job_o.aad_in_block  = len.aad_in_block;
    job_o.aad_out_bytes = desc_i[abi_pkg::DescAadOutBytesLsb +: 8];
    job_o.aad_out_block = len.aad_out_block;
    job_o.tag_block     = len.tag_block;
    job_o.iv            = aead ? {iv[127:32], 32'd1} : iv;
    job_o.expected      = extra;
    job_o.output_addr   = desc_i[abi_pkg::DescOutputLsb +: 64];
    job_o.output_bytes  = len.output_bytes;
    job_o.steps[0]      = '{iv: 1'b0, envelope: 1'b0, key: '0, kind: kind};
    if (is_program) job_o.steps = program_i.steps;
    for (int unsigned k = 0; k < KeysMax; k++) job_o.keys[k].slot = slots[k][SlotW-1:0];
    if (load) job_o.keys[0].slot = SlotW'(NumSlots) + SlotW'(request_o.root);
  end

endmodule
