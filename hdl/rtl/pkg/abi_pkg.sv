// Generated from hdl/abi/abi.toml by `just abi`; not to be edited.
//
// Fields of lines (Desc, Cpl, Key): Lsb is the lowest bit of the field in the little-endian line,
// W its width. Flag, Usage, Err: bit numbers. Reg: offsets in the BAR. Cnt: numbers of counters.

package abi_pkg;

  // Version.
  parameter logic [31:0] Magic = 32'h58505954;
  parameter int unsigned AbiMajor = 1;
  parameter int unsigned AbiMinor = 1;

  // Configuration ecp5. What the open place-and-route flow can time: LFE5UM-85, speed grade 8.
  parameter int unsigned Ecp5Id = 1;
  parameter int unsigned Ecp5NumLanes = 1;
  parameter int unsigned Ecp5RegsPerRound = 7;
  parameter int unsigned Ecp5SboxArch = 1;
  parameter int unsigned Ecp5NumSlots = 8;
  parameter int unsigned Ecp5NumCtx = 128;
  parameter int unsigned Ecp5NumRings = 2;
  parameter int unsigned Ecp5ReadTags = 64;
  parameter int unsigned Ecp5ClockKhz = 0;

  // Configuration usp-model. A model of an UltraScale+ card; its clock of 250 MHz, the PCIe user
  // clock, is assumed.
  parameter int unsigned UspModelId = 2;
  parameter int unsigned UspModelNumLanes = 2;
  parameter int unsigned UspModelRegsPerRound = 2;
  parameter int unsigned UspModelSboxArch = 0;
  parameter int unsigned UspModelNumSlots = 64;
  parameter int unsigned UspModelNumCtx = 128;
  parameter int unsigned UspModelNumRings = 8;
  parameter int unsigned UspModelReadTags = 256;
  parameter int unsigned UspModelClockKhz = 250000;

  // Limits.
  parameter int unsigned InputBytesMax = 4352;
  parameter int unsigned DataBytesMax = 4096;
  parameter int unsigned AadBytesMax = 128;
  parameter int unsigned InlineBytesMax = 16;
  parameter int unsigned RingLog2SizeMin = 4;
  parameter int unsigned RingLog2SizeMax = 12;
  parameter int unsigned BufferAlign = 64;
  parameter int unsigned ProgramsMax = 16;
  parameter int unsigned ProgramStepsMax = 8;
  parameter int unsigned ProgramKeysMax = 4;
  parameter int unsigned FetchDescriptorsMax = 8;

  typedef enum logic [7:0] {
    // Completes with ok.
    OpNop = 8'd0,
    // Each block alone. Whole blocks, at least one.
    OpEcb = 8'd1,
    // Cipher block chaining. Whole blocks, at least one.
    OpCbc = 8'd2,
    // Counter mode; the low 32 bits of the IV count, as GCM's do. Any length from one byte.
    OpCtr = 8'd3,
    // GCM with a 12-byte IV. Encryption appends the tag at the next multiple of 16 bytes;
    // decryption takes the expected tag from the descriptor.
    OpGcm = 8'd4,
    // CMAC of any length; the output is the 16-byte tag.
    OpCmac = 8'd5,
    // CBC-MAC with a zero IV over whole blocks; the output is the 16-byte tag.
    OpCbcMac = 8'd6,
    // Unwraps a key and puts it into a slot.
    OpKeyLoad = 8'd9,
    // Empties a slot.
    OpKeyZeroise = 8'd10,
    // Checks a program and stores it.
    OpProgramLoad = 8'd13,
    // Runs a program over one message.
    OpProgram = 8'd14
  } opcode_e;

  typedef enum logic [7:0] {
    // Done; the output is in place.
    StatusOk = 8'd0,
    // Unknown opcode, reserved bit set, or an unknown or unloaded program.
    StatusBadOpcode = 8'd1,
    // A length that the opcode does not take.
    StatusBadLength = 8'd2,
    // Not a multiple of 64, or outside the ring's window.
    StatusBadAddress = 8'd3,
    // The slot holds another generation.
    StatusStaleKey = 8'd4,
    // The slot holds no key, or there is no such slot.
    StatusEmptySlot = 8'd5,
    // The rights that came with the key do not allow it.
    StatusPolicy = 8'd6,
    // A tag, a MAC or what it protects is wrong. The output is zeros.
    StatusTagMismatch = 8'd7,
    // Authentic, but the data inside has not the length that the program takes. The output is
    // zeros.
    StatusBadData = 8'd8,
    // A read came back in error, or not at all.
    StatusDmaError = 8'd9,
    // The slot still has jobs outstanding.
    StatusSlotBusy = 8'd10,
    // The descriptor's CRC is wrong: torn, stale or damaged.
    StatusBadCheck = 8'd11,
    // The card is not enabled, quiesced, or its self-test has not passed.
    StatusNotReady = 8'd12,
    // The card found itself in an illegal state. It stops until reset.
    StatusFault = 8'd13
  } status_e;

  typedef enum logic [3:0] {
    // Nothing more.
    StepEnd = 4'd0,
    // CBC-MAC, zero IV, over the incoming ciphertext equals the 16 bytes behind it.
    StepMacCheck = 4'd1,
    // CBC decryption; IV zero, or parameter block 0 with `iv`. With `envelope`: mark, number,
    // padding are checked, and the answer's header takes the request's place.
    StepCbcOpen = 4'd2,
    // GCM decryption under parameter block 0 with the incoming associated data; the tag stands
    // behind the ciphertext at the next multiple of 16.
    StepGcmOpen = 4'd3,
    // AES of each whole block of the data in the envelope, alone.
    StepOperateEncrypt = 4'd4,
    // The inverse.
    StepOperateDecrypt = 4'd5,
    // CBC encryption; IV zero, or parameter block 1 with `iv`.
    StepCbcSeal = 4'd6,
    // GCM encryption under parameter block 1 with the outgoing associated data; the tag is appended
    // at the next multiple of 16.
    StepGcmSeal = 4'd7,
    // CBC-MAC, zero IV, over the outgoing ciphertext, appended.
    StepMacSeal = 4'd8,
    // Counter mode from parameter block 0, as opcode `ctr`. Any length; nothing is verified.
    StepCtrOpen = 4'd9,
    // Counter mode from parameter block 1. Any length; no tag. As it also deciphers, its right is
    // one of its own.
    StepCtrSeal = 4'd10,
    // Decryption of each block alone. Whole blocks, at least one.
    StepEcbOpen = 4'd11
  } step_e;

  // Descriptor.
  parameter int unsigned DescOpcodeLsb = 0;
  parameter int unsigned DescOpcodeW = 8;
  parameter int unsigned DescFlagsLsb = 8;
  parameter int unsigned DescFlagsW = 8;
  parameter int unsigned DescTagLsb = 16;
  parameter int unsigned DescTagW = 16;
  parameter int unsigned DescSlotLsb = 32;
  parameter int unsigned DescSlotW = 16;
  parameter int unsigned DescInputBytesLsb = 48;
  parameter int unsigned DescInputBytesW = 16;
  parameter int unsigned DescGenerationLsb = 64;
  parameter int unsigned DescGenerationW = 32;
  parameter int unsigned DescCheckLsb = 96;
  parameter int unsigned DescCheckW = 32;
  parameter int unsigned DescInputLsb = 128;
  parameter int unsigned DescInputW = 64;
  parameter int unsigned DescOutputLsb = 192;
  parameter int unsigned DescOutputW = 64;
  parameter int unsigned DescIvLsb = 256;
  parameter int unsigned DescIvW = 128;
  parameter int unsigned DescAadBytesLsb = 352;
  parameter int unsigned DescAadBytesW = 16;
  parameter int unsigned DescKeyRootLsb = 368;
  parameter int unsigned DescKeyRootW = 8;
  parameter int unsigned DescInlineLsb = 384;
  parameter int unsigned DescInlineW = 128;
  parameter int unsigned DescProgramLsb = 256;
  parameter int unsigned DescProgramW = 8;
  parameter int unsigned DescParamBlocksLsb = 264;
  parameter int unsigned DescParamBlocksW = 8;
  parameter int unsigned DescAadInBytesLsb = 272;
  parameter int unsigned DescAadInBytesW = 8;
  parameter int unsigned DescAadOutBytesLsb = 280;
  parameter int unsigned DescAadOutBytesW = 8;
  parameter int unsigned DescSlotBLsb = 288;
  parameter int unsigned DescSlotBW = 16;
  parameter int unsigned DescGenerationBLsb = 304;
  parameter int unsigned DescGenerationBW = 32;
  parameter int unsigned DescSlotCLsb = 336;
  parameter int unsigned DescSlotCW = 16;
  parameter int unsigned DescGenerationCLsb = 352;
  parameter int unsigned DescGenerationCW = 32;
  parameter int unsigned DescSlotDLsb = 384;
  parameter int unsigned DescSlotDW = 16;
  parameter int unsigned DescGenerationDLsb = 400;
  parameter int unsigned DescGenerationDW = 32;

  // Completion.
  parameter int unsigned CplTagLsb = 0;
  parameter int unsigned CplTagW = 16;
  parameter int unsigned CplSqHeadLsb = 16;
  parameter int unsigned CplSqHeadW = 16;
  parameter int unsigned CplStatusLsb = 32;
  parameter int unsigned CplStatusW = 8;
  parameter int unsigned CplFlagsLsb = 40;
  parameter int unsigned CplFlagsW = 8;
  parameter int unsigned CplOutputBytesLsb = 48;
  parameter int unsigned CplOutputBytesW = 16;
  parameter int unsigned CplCyclesLsb = 64;
  parameter int unsigned CplCyclesW = 32;
  parameter int unsigned CplCheckLsb = 96;
  parameter int unsigned CplCheckW = 32;
  parameter int unsigned CplInlineLsb = 128;
  parameter int unsigned CplInlineW = 128;

  // Header of a wrapped key.
  parameter int unsigned KeyVersionLsb = 0;
  parameter int unsigned KeyVersionW = 8;
  parameter int unsigned KeyAlgorithmLsb = 8;
  parameter int unsigned KeyAlgorithmW = 8;
  parameter int unsigned KeyUsageLsb = 16;
  parameter int unsigned KeyUsageW = 16;
  parameter int unsigned KeyRolesLsb = 32;
  parameter int unsigned KeyRolesW = 16;
  parameter int unsigned KeyReservedLsb = 48;
  parameter int unsigned KeyReservedW = 16;
  parameter int unsigned KeyPartitionLsb = 64;
  parameter int unsigned KeyPartitionW = 32;
  parameter int unsigned KeyWordLsb = 96;
  parameter int unsigned KeyWordW = 32;
  parameter int unsigned KeyKeyIdLsb = 128;
  parameter int unsigned KeyKeyIdW = 64;
  parameter int unsigned KeyPartner0Lsb = 192;
  parameter int unsigned KeyPartner0W = 64;
  parameter int unsigned KeyPartner1Lsb = 256;
  parameter int unsigned KeyPartner1W = 64;
  parameter int unsigned KeyPartner2Lsb = 320;
  parameter int unsigned KeyPartner2W = 64;
  parameter int unsigned KeyReservedTailLsb = 384;
  parameter int unsigned KeyReservedTailW = 128;

  // Flags of a descriptor.
  parameter int unsigned FlagPhase = 0;
  parameter int unsigned FlagDecrypt = 1;
  parameter int unsigned FlagInlineInput = 2;
  parameter int unsigned FlagInlineOutput = 3;
  parameter int unsigned FlagInterrupt = 4;

  // Single-step rights.
  parameter int unsigned UsageEcbEncrypt = 0;
  parameter int unsigned UsageEcbDecrypt = 1;
  parameter int unsigned UsageCbcEncrypt = 2;
  parameter int unsigned UsageCbcDecrypt = 3;
  parameter int unsigned UsageCtr = 4;
  parameter int unsigned UsageGcmEncrypt = 5;
  parameter int unsigned UsageGcmDecrypt = 6;
  parameter int unsigned UsageCmac = 7;
  parameter int unsigned UsageCbcMac = 8;

  // Errors.
  parameter int unsigned ErrDoorbell = 0;
  parameter int unsigned ErrCompletionHead = 1;
  parameter int unsigned ErrRead = 2;
  parameter int unsigned ErrReadTimeout = 3;
  parameter int unsigned ErrUnexpectedCompletion = 4;
  parameter int unsigned ErrDescriptor = 5;
  parameter int unsigned ErrShadow = 6;
  parameter int unsigned ErrIllegalState = 7;
  parameter int unsigned ErrSelftest = 8;
  parameter int unsigned ErrRingConfig = 9;

  // Registers; those of rings are ring 0's.
  parameter logic [15:0] RegId = 16'h0000;
  parameter logic [15:0] RegVersion = 16'h0004;
  parameter logic [15:0] RegBuild = 16'h0008;
  parameter logic [15:0] RegConfiguration = 16'h000c;
  parameter logic [15:0] RegCapsOpcodes = 16'h0010;
  parameter logic [15:0] RegCapsShape = 16'h0014;
  parameter logic [15:0] RegCapsRoom = 16'h0018;
  parameter logic [15:0] RegCapsMessage = 16'h001c;
  parameter logic [15:0] RegCapsLane = 16'h0020;
  parameter logic [15:0] RegCapsClockKhz = 16'h0024;
  parameter logic [15:0] RegCapsDma = 16'h0028;
  parameter logic [15:0] RegCapsSteps = 16'h002c;
  parameter logic [15:0] RegCtrl = 16'h0040;
  parameter logic [15:0] RegState = 16'h0044;
  parameter logic [15:0] RegError = 16'h0048;
  parameter logic [15:0] RegErrorMask = 16'h004c;
  parameter logic [15:0] RegErrorFirst = 16'h0050;
  parameter logic [15:0] RegLaneEnable = 16'h0054;
  parameter logic [15:0] RegHeartbeatLo = 16'h0058;
  parameter logic [15:0] RegHeartbeatHi = 16'h005c;
  parameter logic [15:0] RegSelftest = 16'h0060;
  parameter logic [15:0] RegReadTimeout = 16'h0064;
  parameter logic [15:0] RegCompletionHold = 16'h0068;
  parameter logic [15:0] RegTransportLock = 16'h006c;
  parameter logic [15:0] RegTransportKey = 16'h0080;
  parameter logic [15:0] RegCounter = 16'h0400;
  parameter logic [15:0] RegRingSqBase = 16'h1000;
  parameter logic [15:0] RegRingCqBase = 16'h1008;
  parameter logic [15:0] RegRingSize = 16'h1010;
  parameter logic [15:0] RegRingConfig = 16'h1014;
  parameter logic [15:0] RegRingModeration = 16'h1018;
  parameter logic [15:0] RegRingEnable = 16'h101c;
  parameter logic [15:0] RegRingState = 16'h1020;
  parameter logic [15:0] RegRingWindowBase = 16'h1028;
  parameter logic [15:0] RegRingWindowLimit = 16'h1030;
  parameter logic [15:0] RegRingSqTail = 16'h1038;
  parameter logic [15:0] RegRingCqHead = 16'h103c;
  parameter logic [15:0] RegRingArm = 16'h1040;
  parameter logic [15:0] RegRingSqHead = 16'h1044;
  parameter logic [15:0] RegRingCqTail = 16'h1048;
  parameter logic [15:0] RegMsixTable = 16'h8000;
  parameter logic [15:0] RegMsixPending = 16'h9000;
  parameter int unsigned RingStride = 128;

  // Counters; those of lanes are lane 0's.
  parameter int unsigned CntCycles = 0;
  parameter int unsigned CntDescriptors = 1;
  parameter int unsigned CntCompletions = 2;
  parameter int unsigned CntRefused = 3;
  parameter int unsigned CntReadBytes = 4;
  parameter int unsigned CntWrittenBytes = 5;
  parameter int unsigned CntReads = 6;
  parameter int unsigned CntInterrupts = 7;
  parameter int unsigned CntKeyLoads = 8;
  parameter int unsigned CntStallContext = 9;
  parameter int unsigned CntStallReadTag = 10;
  parameter int unsigned CntStallReadLink = 11;
  parameter int unsigned CntStallWriteLink = 12;
  parameter int unsigned CntStallCredit = 13;
  parameter int unsigned CntStarved = 14;
  parameter int unsigned CntProgramJobs = 15;
  parameter int unsigned CntLaneForward = 16;
  parameter int unsigned CntLaneInverse = 20;
  parameter int unsigned CntLaneGhash = 24;
  parameter int unsigned CntLaneIdle = 28;
  parameter int unsigned CntLaneGhashStall = 32;
  parameter int unsigned CntLaneJobs = 36;

endpackage
