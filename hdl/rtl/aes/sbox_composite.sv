// Eight S-boxes of AES in parallel, computed over GF(16) (see composite_pkg).
//
// Data are bit planes: plane k holds bit k of each of the eight bytes. One gate of the S-box is
// one operation on a plane of eight bits, which keeps simulation fast and changes nothing in
// synthesis.
// Latency: Regs cycles, 0 or 4. en_i[j] enables register j; no reset, no stall.

module sbox_composite
  import composite_pkg::*;
#(
  parameter bit          Inverse = 1'b0,
  parameter int unsigned Regs = 0
) (
  input  logic             clk_i,
  input  logic [3:0]       en_i,
  input  logic [7:0][7:0]  planes_i,
  output logic [7:0][7:0]  planes_o
);
  /*verilator no_inline_module*/

  localparam composite_t C = Inverse ? InverseSbox : ForwardSbox;

  typedef logic [7:0] plane_t;

  plane_t form_d [NumForms];
  plane_t form   [NumForms];
  plane_t norm_d [4];
  plane_t norm   [4];
  plane_t coord  [8];        // beside norm
  plane_t recip_d [NumRecip];
  plane_t recip   [NumRecip];
  plane_t coord_r [8];       // beside recip
  plane_t term_d [NumTerms];
  plane_t term   [NumTerms];

  // 1: linear forms.
  always_comb begin
    for (int unsigned i = 0; i < NumForms; i++) begin
      form_d[i] = {8{C.form_inv[i]}};
      for (int unsigned b = 0; b < 8; b++) begin
        if (C.form[i][b]) form_d[i] = form_d[i] ^ planes_i[b];
      end
    end
  end

  // 2: norm.
  always_comb begin
    for (int unsigned k = 0; k < 4; k++) begin
      norm_d[k] = '0;
      for (int unsigned i = 0; i < 4; i++) begin
        norm_d[k] = norm_d[k] ^ (form[i] & form[4 + int'(C.norm_b[k][i])]);
        if (C.norm_la[k][i]) norm_d[k] = norm_d[k] ^ form[i];
        if (C.norm_lb[k][i]) norm_d[k] = norm_d[k] ^ form[4 + int'(C.norm_b[k][i])];
      end
    end
  end

  // 3: forms of the reciprocal, as sums of products of norm bits.
  plane_t product [16];
  always_comb begin
    product[0] = '1;
    for (int unsigned m = 1; m < 16; m++) begin
      product[m] = '1;
      for (int unsigned k = 0; k < 4; k++) begin
        if (((m >> k) & 1) != 0) product[m] = product[m] & norm[k];
      end
    end
    for (int unsigned n = 0; n < NumRecip; n++) begin
      recip_d[n] = '0;
      for (int unsigned m = 0; m < 16; m++) begin
        if (C.recip[n][m]) recip_d[n] = recip_d[n] ^ product[m];
      end
    end
  end

  // 4: terms, and their sums.
  always_comb begin
    for (int unsigned t = 0; t < NumTerms; t++) begin
      term_d[t] = (coord_r[2 * int'(C.term[t][9:8])] & recip[C.term[t][7:4]]) ^
          (coord_r[2 * int'(C.term[t][9:8]) + 1] & recip[C.term[t][3:0]]);
    end
  end

  always_comb begin
    for (int unsigned k = 0; k < 8; k++) begin
      planes_o[k] = {8{C.out_inv[k]}};
      for (int unsigned t = 0; t < NumTerms; t++) begin
        if (C.out[k][t]) planes_o[k] = planes_o[k] ^ term[t];
      end
    end
  end

  if (Regs == 4) begin : gen_regs
    always_ff @(posedge clk_i) begin
      if (en_i[0]) begin
        for (int unsigned i = 0; i < NumForms; i++) form[i] <= form_d[i];
      end
      if (en_i[1]) begin
        for (int unsigned k = 0; k < 4; k++) norm[k] <= norm_d[k];
        for (int unsigned i = 0; i < 4; i++) begin
          coord[i]     <= form[i];
          coord[4 + i] <= form[5 + i];
        end
      end
      if (en_i[2]) begin
        for (int unsigned n = 0; n < NumRecip; n++) recip[n] <= recip_d[n];
        for (int unsigned i = 0; i < 8; i++) coord_r[i] <= coord[i];
      end
      if (en_i[3]) begin
        for (int unsigned t = 0; t < NumTerms; t++) term[t] <= term_d[t];
      end
    end
  end else begin : gen_comb
    logic unused_clk;
    assign unused_clk = ^{clk_i, en_i};
    always_comb begin
      for (int unsigned i = 0; i < NumForms; i++) form[i] = form_d[i];
      for (int unsigned k = 0; k < 4; k++) norm[k] = norm_d[k];
      for (int unsigned i = 0; i < 4; i++) begin
        coord[i]     = form[i];
        coord[4 + i] = form[5 + i];
      end
      for (int unsigned n = 0; n < NumRecip; n++) recip[n] = recip_d[n];
      for (int unsigned i = 0; i < 8; i++) coord_r[i] = coord[i];
      for (int unsigned t = 0; t < NumTerms; t++) term[t] = term_d[t];
    end
  end

endmodule
