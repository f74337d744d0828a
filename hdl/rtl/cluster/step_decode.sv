// What a step asks of the lanes.

module step_decode
  import card_pkg::*;
  import cluster_pkg::*;
  import job_pkg::*;
(
  input  logic       valid_i,
  input  step_kind_e kind_i,
  input  logic       envelope_i,
  input  logic       iv_i,
  input  shape_t     shape_i,
  input  bank_e      clear_i,      // where the clear text is
  input  bank_e      operated_i,   // where the result of an operation is
  input  key_ref_t   key_i,

  output work_t      work_o,
  output logic       serial_o,     // which queue
  output logic       parallel_o,
  output logic       inverse_o
);

  // An envelope has 16 bytes of header and padding around its data.
  localparam logic [BytesW-1:0] EnvelopeBytes = 13'd16;

  always_comb begin
    work_o     = '0;
    serial_o   = 1'b0;
    parallel_o = 1'b0;
    inverse_o  = 1'b0;
    if (valid_i) begin
      work_o = '{
          mode: ModeEcb,
          source: BankIn,
          layout: envelope_i ? LayoutEnvelope : LayoutPlain,
          block: shape_i.data_block,
          iv: IvZero,
          key: key_i,
          data_bytes: shape_i.data_bytes,
          aad_block: shape_i.aad_in_block,
          aad_bytes: shape_i.aad_in_bytes
      };
      unique case (kind_i)
        StepMacCheck, StepCbcMac: begin
          serial_o      = 1'b1;
          work_o.mode   = ModeMac;
          work_o.layout = LayoutPlain;
        end
        StepCmac: begin
          serial_o    = 1'b1;
          work_o.mode = ModeCmac;
        end
        StepCbcOpen: begin
          inverse_o   = 1'b1;
          work_o.mode = ModeCbc;
          if (!shape_i.program_job) work_o.iv = IvJob;
          else work_o.iv = iv_i ? IvIn : IvZero;
        end
        StepGcmOpen, StepCtrOpen: begin
          parallel_o  = 1'b1;
          work_o.mode = (kind_i == StepGcmOpen) ? ModeGcmOpen : ModeCtr;
          work_o.iv   = shape_i.program_job ? IvIn : IvJob;
        end
        StepEcbOpen: inverse_o = 1'b1;
        StepOperateEncrypt, StepOperateDecrypt: begin
          parallel_o        = kind_i == StepOperateEncrypt;
          inverse_o         = kind_i == StepOperateDecrypt;
          work_o.source     = BankInv;
          work_o.layout     = LayoutOperate;
          work_o.block      = '0;
          work_o.data_bytes = shape_i.data_bytes - EnvelopeBytes;
        end
        StepCbcSeal: begin
          serial_o    = 1'b1;
          work_o.mode = ModeCbc;
          work_o.iv   = IvJob;
          if (shape_i.program_job) begin
            work_o.source = envelope_i ? operated_i : clear_i;
            work_o.block  = '0;
            work_o.iv     = iv_i ? IvOut : IvZero;
          end
        end
        StepGcmSeal, StepCtrSeal: begin
          parallel_o  = 1'b1;
          work_o.mode = (kind_i == StepGcmSeal) ? ModeGcmSeal : ModeCtr;
          work_o.iv   = IvJob;
          if (shape_i.program_job) begin
            work_o.source    = clear_i;
            work_o.block     = '0;
            work_o.iv        = IvOut;
            work_o.aad_block = shape_i.aad_out_block;
            work_o.aad_bytes = shape_i.aad_out_bytes;
          end
        end
        StepMacSeal: begin
          serial_o      = 1'b1;
          work_o.mode   = ModeMac;
          work_o.layout = LayoutPlain;
          work_o.source = BankFwd;
          work_o.block  = '0;
        end
        StepEcbEncrypt: parallel_o = 1'b1;
        default: ;  // StepEnd
      endcase
    end
  end

endmodule
