// Lengths of a job: what is read, worked on and written, and where its parts lie in the input.
// Combinational. Anything with ok low is refused; the other fields then mean nothing.

module lengths
  import card_pkg::*;
  import front_pkg::*;
(
  input  logic [7:0]  opcode_i,
  input  logic        decrypt_i,
  input  logic        inline_input_i,
  input  logic        inline_output_i,
  input  logic [15:0] input_bytes_i,
  input  logic [15:0] aad_bytes_i,      // gcm
  input  logic [7:0]  aad_in_bytes_i,   // program
  input  logic [7:0]  aad_out_bytes_i,
  input  program_t    program_i,
  output lengths_t    lengths_o
);

  localparam logic [15:0] DataMax = 16'(abi_pkg::DataBytesMax);
  localparam logic [15:0] InputMax = 16'(abi_pkg::InputBytesMax);
  localparam logic [15:0] AadMax = 16'(abi_pkg::AadBytesMax);
  localparam logic [15:0] InlineMax = 16'(abi_pkg::InlineBytesMax);
  localparam logic [15:0] EnvelopeMax = 16'd1024;  // data of a program with an envelope
  localparam logic [15:0] KeyBytes = 16'd96;

  logic        is_gcm, is_program, whole, one, ok;
  logic [15:0] aad_in, aad_out, params, offset, tag, data, padded, read, out;
  logic        unused_program;

  function automatic logic [15:0] pad16(logic [15:0] bytes);
    return (bytes + 16'd15) & 16'hfff0;
  endfunction

  assign is_gcm     = opcode_i == abi_pkg::OpGcm;
  assign is_program = opcode_i == abi_pkg::OpProgram;
  assign aad_in     = is_gcm ? aad_bytes_i : (is_program ? 16'(aad_in_bytes_i) : '0);
  assign aad_out    = is_program ? 16'(aad_out_bytes_i) : '0;
  assign params     = (is_program && program_i.params) ? 16'd32 : '0;
  assign tag        = (is_program && program_i.tag_in) ? 16'd16 : '0;
  assign offset     = params + pad16(aad_in) + pad16(aad_out);
  assign data       = input_bytes_i - offset - tag;
  assign padded     = pad16(data);
  assign read       = offset + tag + ((is_program && program_i.tag_in) ? padded : data);
  assign whole      = data[3:0] == '0;
  assign one        = data >= 16'd16;

  assign unused_program = ^{program_i.keys_used, program_i.roles, program_i.steps,
                            program_i.open_key};

  // data_bytes may be taken at its word: offset and tag fit into the input
  logic fits;
  assign fits = aad_in <= AadMax && aad_out <= AadMax && input_bytes_i <= InputMax
                && offset + tag <= input_bytes_i && data <= DataMax && read <= InputMax;

  always_comb begin
    ok  = 1'b0;
    out = data;
    unique case (opcode_i)
      abi_pkg::OpNop, abi_pkg::OpKeyZeroise, abi_pkg::OpProgramLoad: begin
        ok  = input_bytes_i == '0;
        out = '0;
      end
      abi_pkg::OpKeyLoad: begin
        ok  = input_bytes_i == KeyBytes;
        out = '0;
      end
      abi_pkg::OpEcb, abi_pkg::OpCbc: ok = fits && whole && one;
      abi_pkg::OpCtr:                 ok = fits && data != '0;
      abi_pkg::OpCmac: begin
        ok  = fits;
        out = 16'd16;
      end
      abi_pkg::OpCbcMac: begin
        ok  = fits && whole && one;
        out = 16'd16;
      end
      abi_pkg::OpGcm: begin
        ok = fits;
        if (!decrypt_i) out = padded + 16'd16;
      end
      abi_pkg::OpProgram: begin
        ok = fits && (aad_in == '0 || program_i.gcm_in) && (aad_out == '0 || program_i.gcm_out)
             && (!program_i.whole || (whole && one))
             && (!program_i.envelope || (data >= 16'd32 && data <= EnvelopeMax));
        if (program_i.gcm_out) out = padded + 16'd16;
        else if (program_i.mac_out) out = data + 16'd16;
      end
      default: ok = 1'b0;
    endcase
    if (inline_input_i && input_bytes_i > InlineMax) ok = 1'b0;
    if (inline_output_i && out > InlineMax) ok = 1'b0;
  end

  assign lengths_o = '{
    ok:            ok,
    read_bytes:    read[BytesW-1:0],
    data_bytes:    data[BytesW-1:0],
    output_bytes:  out[BytesW-1:0],
    aad_in_block:  BlockW'(params >> 4),
    aad_out_block: BlockW'((params + pad16(aad_in)) >> 4),
    data_block:    BlockW'(offset >> 4),
    tag_block:     BlockW'((offset + padded) >> 4)
  };

endmodule
