// Operands, exponents, tables and results. Nothing but the array reads operands, nothing but the
// sequencer reads exponents. All sixteen entries of a table are read for every word, and masks pick
// one.
//
// Loads go to memories that products do not write. A wipe of a message's part writes zeros in the
// cycles in which no product writes; wipe_busy_o until it is done. Reset wipes everything.

module rsa_memory
  import rsa_pkg::*;
#(
  parameter  int unsigned DigitW = 17,
  parameter  int unsigned WordW = 26,
  parameter  int unsigned Msgs = 4,
  parameter  int unsigned MaxHalfBits = 2048,
  localparam int unsigned MsgW = $clog2(Msgs)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    load_i,
  input  load_e                   load_to_i,
  input  logic [MsgW-1:0]         load_msg_i,
  input  logic [3:0]              load_cell_i,
  input  logic [WordIndexW-1:0]   load_index_i,
  input  logic [LoadW-1:0]        load_data_i,

  input  logic                    wipe_i,
  input  logic [MsgW-1:0]         wipe_msg_i,
  output logic [Msgs-1:0]         wipe_busy_o,

  input  slot_t                   a_slot_i,
  input  logic [WordIndexW-1:0]   a_index_i,
  input  logic [TableEntries-1:0] select_i,    // with the data
  output logic [WordW-1:0]        a_message_o,
  output logic [WordW-1:0]        a_work_o,
  output logic [WordW-1:0]        a_table_o,
  input  slot_t                   b_slot_i,
  input  logic [WordIndexW-1:0]   b_index_i,
  output logic [WordW-1:0]        b_work_o,
  output logic [WordW-1:0]        b_key_o,
  input  slot_t                   c_slot_i,
  input  logic [WordIndexW-1:0]   c_index_i,
  output logic [WordW-1:0]        c_work_o,
  output logic [WordW-1:0]        c_spill_o,
  input  slot_t                   n_slot_i,
  input  logic [WordIndexW-1:0]   n_index_i,
  output logic [WordW-1:0]        n_modulus_o,
  input  logic [MsgIndexW-1:0]    inverse_msg_i,
  input  logic [1:0]              inverse_cell_i,
  output logic [DigitW-1:0]       inverse_o,   // at once

  input  logic [MsgW:0]           window_thread_i,
  input  logic [BitsW-1:0]        window_index_i,
  output logic [WindowW-1:0]      window_o,

  input  logic                    write_i,
  input  dest_t                   write_dest_i,
  input  logic [WordIndexW-1:0]   write_index_i,
  input  logic [WordW-1:0]        write_data_i,

  input  logic                    result_i,
  input  logic [MsgW-1:0]         result_msg_i,
  input  logic [WordIndexW-1:0]   result_index_i,
  input  logic [2*WordW-1:0]      result_data_i,
  input  logic [MsgW-1:0]         out_msg_i,
  input  logic [WordIndexW-1:0]   out_index_i,
  output logic [2*WordW-1:0]      out_data_o
);

  localparam int unsigned CellW = $clog2((MaxHalfBits + 3 + WordW - 1) / WordW);
  localparam int unsigned FullW = CellW + 1;
  localparam int unsigned MessageAw = MsgW + 1 + CellW;
  localparam int unsigned WorkAw = MsgW + 3 + CellW;
  localparam int unsigned SpillAw = MsgW + 2 + CellW;
  localparam int unsigned KeyAw = MsgW + 4 + CellW;
  localparam int unsigned TableAw = MsgW + 1 + CellW;
  localparam int unsigned ResultAw = MsgW + FullW;
  localparam int unsigned ExponentW = $clog2(MaxHalfBits / 16);
  localparam int unsigned ExponentAw = MsgW + 1 + ExponentW;
  localparam int unsigned SweepW = 4 + CellW;   // of the largest memory

  // Wipes: of one message at a time, the lowest first.
  logic [Msgs-1:0]   wipes_q;
  logic [MsgW-1:0]   sweep_msg_q;
  logic              sweeps_q, sweep;
  logic [SweepW-1:0] sweep_q;

  assign wipe_busy_o = wipes_q;
  assign sweep       = sweeps_q && !write_i && !result_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wipes_q     <= '1;
      sweeps_q    <= 1'b0;
      sweep_msg_q <= '0;
      sweep_q     <= '0;
    end else begin
      if (!sweeps_q) begin
        sweep_q <= '0;
        for (int unsigned m = 0; m < Msgs; m++) begin
          if (wipes_q[m]) begin
            sweeps_q    <= 1'b1;
            sweep_msg_q <= MsgW'(m);
          end
        end
      end else if (sweep) begin
        sweep_q <= sweep_q + 1'b1;
        if (sweep_q == '1) begin
          sweeps_q             <= 1'b0;
          wipes_q[sweep_msg_q] <= 1'b0;
        end
      end
      if (wipe_i) wipes_q[wipe_msg_i] <= 1'b1;
    end
  end

  // Loads and wipes.
  logic             to_message, to_key, to_modulus, to_inverse, to_exponent;
  logic [WordW-1:0] load_word;
  logic             unused;

  assign to_message  = load_i && load_to_i == LoadMessage;
  assign to_key      = load_i && load_to_i == LoadKey;
  assign to_modulus  = load_i && load_to_i == LoadModulus;
  assign to_inverse  = load_i && load_to_i == LoadInverse;
  assign to_exponent = load_i && load_to_i == LoadExponent;
  assign load_word   = load_data_i[WordW-1:0];
  assign unused      = ^{load_data_i, a_slot_i, b_slot_i, c_slot_i, n_slot_i, inverse_msg_i,
      window_index_i, write_dest_i, result_index_i, out_index_i};

  logic [MessageAw-1:0] message_waddr;
  logic [KeyAw-1:0]     key_waddr;
  logic [SpillAw-1:0]   modulus_waddr;

  assign message_waddr = sweep ? {sweep_msg_q, sweep_q[CellW:0]} :
      {load_msg_i, load_cell_i[0], CellW'(0)} | MessageAw'(load_index_i);
  assign key_waddr = sweep ? {sweep_msg_q, sweep_q} :
      {load_msg_i, load_cell_i, CellW'(0)} | KeyAw'(load_index_i);
  assign modulus_waddr = sweep ? {sweep_msg_q, sweep_q[CellW+1:0]} :
      {load_msg_i, load_cell_i[1:0], CellW'(0)} | SpillAw'(load_index_i);

  rsa_ram #(.Width(WordW), .AddrW(MessageAw)) u_message (
    .clk_i,
    .write_i(sweep || to_message),
    .write_addr_i(message_waddr),
    .write_data_i(sweep ? '0 : load_word),
    .read_addr_i({a_slot_i.msg[MsgW-1:0], a_slot_i.a_cell[0], CellW'(0)} | MessageAw'(a_index_i)),
    .read_data_o(a_message_o)
  );

  rsa_ram #(.Width(WordW), .AddrW(KeyAw)) u_key (
    .clk_i,
    .write_i(sweep || to_key),
    .write_addr_i(key_waddr),
    .write_data_i(sweep ? '0 : load_word),
    .read_addr_i({b_slot_i.msg[MsgW-1:0], b_slot_i.b_cell, CellW'(0)} | KeyAw'(b_index_i)),
    .read_data_o(b_key_o)
  );

  rsa_ram #(.Width(WordW), .AddrW(SpillAw)) u_modulus (
    .clk_i,
    .write_i(sweep || to_modulus),
    .write_addr_i(modulus_waddr),
    .write_data_i(sweep ? '0 : load_word),
    .read_addr_i({n_slot_i.msg[MsgW-1:0], n_slot_i.n_cell, CellW'(0)} | SpillAw'(n_index_i)),
    .read_data_o(n_modulus_o)
  );

  logic [DigitW-1:0] inverse_q [4*Msgs];

  assign inverse_o = inverse_q[{inverse_msg_i[MsgW-1:0], inverse_cell_i}];
  always_ff @(posedge clk_i) begin
    if (sweep) inverse_q[{sweep_msg_q, sweep_q[1:0]}] <= '0;
    else if (to_inverse) inverse_q[{load_msg_i, load_cell_i[1:0]}] <= load_data_i[DigitW-1:0];
  end

  // Exponents: words of four windows.
  logic [15:0] windows;
  logic [1:0]  window_q;

  rsa_ram #(.Width(16), .AddrW(ExponentAw)) u_exponent (
    .clk_i,
    .write_i(sweep || to_exponent),
    .write_addr_i(sweep ? {sweep_msg_q, sweep_q[ExponentW:0]} :
        {load_msg_i, load_cell_i[0], load_index_i[ExponentW-1:0]}),
    .write_data_i(sweep ? '0 : load_data_i[15:0]),
    .read_addr_i({window_thread_i, window_index_i[2+:ExponentW]}),
    .read_data_o(windows)
  );

  always_ff @(posedge clk_i) window_q <= window_index_i[1:0];
  assign window_o = windows[WindowW*window_q+:WindowW];

  // What products write: three copies, a read port each.
  logic              write_work, write_spill;
  logic [WorkAw-1:0] work_waddr;
  logic [WordW-1:0]  write_word;
  logic [WorkAw-1:0] work_raddr [3];
  logic [WordW-1:0]  work_data [3];

  assign write_work  = write_i && write_dest_i.to == ToWork;
  assign write_spill = write_i && write_dest_i.to == ToSpill;
  assign write_word  = write_i ? write_data_i : '0;
  assign work_waddr  = !write_i ? {sweep_msg_q, sweep_q[CellW+2:0]} :
      {write_dest_i.msg[MsgW-1:0], write_dest_i.unit_cell, CellW'(0)} | WorkAw'(write_index_i);

  assign work_raddr[0] =
      {a_slot_i.msg[MsgW-1:0], a_slot_i.a_cell, CellW'(0)} | WorkAw'(a_index_i);
  assign work_raddr[1] =
      {b_slot_i.msg[MsgW-1:0], b_slot_i.b_cell[2:0], CellW'(0)} | WorkAw'(b_index_i);
  assign work_raddr[2] =
      {c_slot_i.msg[MsgW-1:0], c_slot_i.c_cell, CellW'(0)} | WorkAw'(c_index_i);
  assign {a_work_o, b_work_o, c_work_o} = {work_data[0], work_data[1], work_data[2]};

  for (genvar i = 0; i < 3; i++) begin : gen_work
    rsa_ram #(.Width(WordW), .AddrW(WorkAw)) u_work (
      .clk_i,
      .write_i(sweep || write_work),
      .write_addr_i(work_waddr),
      .write_data_i(write_word),
      .read_addr_i(work_raddr[i]),
      .read_data_o(work_data[i])
    );
  end

  // Sums between the passes of a long product: of q in cell 2, of p and n in 0 and 1.
  rsa_ram #(.Width(WordW), .AddrW(SpillAw)) u_spill (
    .clk_i,
    .write_i(sweep || write_spill),
    .write_addr_i(!write_i ? {sweep_msg_q, sweep_q[CellW+1:0]} :
        {write_dest_i.msg[MsgW-1:0], !write_dest_i.half, (CellW + 1)'(0)} |
        SpillAw'(write_index_i)),
    .write_data_i(write_word),
    .read_addr_i({c_slot_i.msg[MsgW-1:0], !c_slot_i.half, (CellW + 1)'(0)} | SpillAw'(c_index_i)),
    .read_data_o(c_spill_o)
  );

  // Tables.
  logic [WordW-1:0]   entries [TableEntries];
  logic [TableAw-1:0] table_waddr, table_raddr;

  assign table_waddr = !write_i ? {sweep_msg_q, sweep_q[CellW:0]} :
      {write_dest_i.msg[MsgW-1:0], write_dest_i.half, write_index_i[CellW-1:0]};
  assign table_raddr = {a_slot_i.msg[MsgW-1:0], a_slot_i.half, a_index_i[CellW-1:0]};

  for (genvar e = 0; e < TableEntries; e++) begin : gen_table
    rsa_ram #(.Width(WordW), .AddrW(TableAw)) u_table (
      .clk_i,
      .write_i(sweep || (write_i && write_dest_i.entry[e])),
      .write_addr_i(table_waddr),
      .write_data_i(write_word),
      .read_addr_i(table_raddr),
      .read_data_o(entries[e])
    );
  end

  always_comb begin
    a_table_o = '0;
    for (int unsigned e = 0; e < TableEntries; e++) begin
      a_table_o |= entries[e] & {WordW{select_i[e]}};
    end
  end

  // Results.
  rsa_ram #(.Width(2 * WordW), .AddrW(ResultAw)) u_result (
    .clk_i,
    .write_i(sweep || result_i),
    .write_addr_i(sweep ? {sweep_msg_q, sweep_q[FullW-1:0]} :
        {result_msg_i, result_index_i[FullW-1:0]}),
    .write_data_i(sweep ? '0 : result_data_i),
    .read_addr_i({out_msg_i, out_index_i[FullW-1:0]}),
    .read_data_o(out_data_o)
  );

endmodule
