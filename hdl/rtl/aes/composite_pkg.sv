// The S-box of AES over GF(16): the constants of sbox_composite, for both directions.
//
// GF(256) is GF(16)^2 in a normal basis {Y, Y^16}: x = a*Y + b*Y^16. Then x^17, the norm, lies in
// GF(16), and 1/x = x^16 * 1/x^17 = (b*Y + a*Y^16) / x^17. Three steps:
//   1. nine linear forms of x (bits of a, and five redundant bits of b in powers of an element of
//      order 5, so that the product a*b needs no other form of b), each of at most 4 bits of x;
//   2. the norm: 4 bits, each the sum of four products (form of a) * (form of b);
//   3. its reciprocal, as the forms of 1/x^17 that step 4 needs, each a function of 4 bits;
//   4. the output bits, each the sum of at most four terms; a term is the sum of two products
//      (bit of a or b) * (form of 1/x^17).
// So every step is one or two levels of 4-input tables. The affine maps are part of 1 and 4.
// Basis and forms were chosen by trying all of them for the fewest tables. hdl/formal proves the
// result equal to the tables of aes_pkg.

package composite_pkg;

  parameter int unsigned NumForms = 9;    // 0 to 3: of a; 4 to 8: of b
  parameter int unsigned NumRecip = 15;
  parameter int unsigned NumTerms = 24;

  typedef struct packed {
    // Form i is the sum of the bits of x under form[i], inverted if form_inv[i].
    logic [NumForms-1:0][7:0]  form;
    logic [NumForms-1:0]       form_inv;
    // Bit k of the norm: sum over i of a[i]*b[norm_b[k][i]] + norm_la[k][i]*a[i] +
    // norm_lb[k][i]*b[norm_b[k][i]].
    logic [3:0][3:0][2:0]      norm_b;
    logic [3:0][3:0]           norm_la;
    logic [3:0][3:0]           norm_lb;
    // Form n of the reciprocal: sum of the products of norm bits m for which recip[n][m] is set;
    // product m multiplies the bits that are set in m.
    logic [NumRecip-1:0][15:0] recip;
    // Term: {pair of coordinates, form for the lower, form for the higher}. Coordinates 0 to 3
    // are forms 0 to 3, coordinates 4 to 7 are forms 5 to 8.
    logic [NumTerms-1:0][9:0]  term;
    // Output bit k is the sum of the terms under out[k], inverted if out_inv[k].
    logic [7:0][NumTerms-1:0]  out;
    logic [7:0]                out_inv;
  } composite_t;

  parameter composite_t ForwardSbox = '{
    form: {
      8'he1, 8'h06, 8'h12, 8'h71, 8'h84, 8'h01, 8'h2e, 8'h4e, 8'hd4
    },
    form_inv: {
      1'b0, 1'b0, 1'b0, 1'b0, 1'b0, 1'b0, 1'b0, 1'b0, 1'b0
    },
    norm_b: {
      3'd2, 3'd1, 3'd4, 3'd3, 3'd1, 3'd0, 3'd3, 3'd2, 3'd0, 3'd4, 3'd2, 3'd1, 3'd4, 3'd3, 3'd1,
      3'd0
    },
    norm_la: {
      4'h1, 4'h5, 4'h6, 4'ha
    },
    norm_lb: {
      4'h1, 4'h4, 4'h2, 4'h8
    },
    recip: {
      16'h12ae, 16'h45b6, 16'h3472, 16'h26dc, 16'h5718, 16'h636a, 16'h6e06, 16'h391e, 16'h5a74,
      16'h0d6c, 16'h1fc2, 16'h48da, 16'h71c4, 16'h7ca8, 16'h2bb0
    },
    term: {
      10'h15b, 10'h06c, 10'h16c, 10'h0d5, 10'h3e1, 10'h209, 10'h1e4, 10'h079, 10'h1ae, 10'h047,
      10'h3da, 10'h296, 10'h1b6, 10'h0cd, 10'h386, 10'h2b0, 10'h147, 10'h09a, 10'h182, 10'h030,
      10'h367, 10'h245, 10'h123, 10'h001
    },
    out: {
      24'hc03000, 24'h303000, 24'h0f0000, 24'h00f000, 24'h003c00, 24'h0003c0, 24'h00003c,
      24'h00000f
    },
    out_inv: 8'h63
  };

  parameter composite_t InverseSbox = '{
    form: {
      8'h27, 8'h17, 8'h21, 8'h15, 8'h04, 8'h0f, 8'he4, 8'h68, 8'h35
    },
    form_inv: {
      1'b1, 1'b0, 1'b0, 1'b1, 1'b0, 1'b0, 1'b0, 1'b0, 1'b0
    },
    norm_b: {
      3'd2, 3'd0, 3'd4, 3'd3, 3'd1, 3'd4, 3'd3, 3'd2, 3'd0, 3'd3, 3'd2, 3'd1, 3'd4, 3'd2, 3'd1,
      3'd0
    },
    norm_la: {
      4'h6, 4'h9, 4'h4, 4'h3
    },
    norm_lb: {
      4'hd, 4'ha, 4'hc, 4'h5
    },
    recip: {
      16'h0000, 16'h5a74, 16'h45b6, 16'h3472, 16'h12ae, 16'h636a, 16'h26dc, 16'h0d6c, 16'h7ca8,
      16'h5718, 16'h391e, 16'h6e06, 16'h2bb0, 16'h48da, 16'h71c4
    },
    term: {
      10'h000, 10'h000, 10'h340, 10'h23a, 10'h3c5, 10'h29d, 10'h1b7, 10'h08d, 10'h3b9, 10'h248,
      10'h116, 10'h030, 10'h17d, 10'h0bc, 10'h1a4, 10'h095, 10'h368, 10'h271, 10'h102, 10'h063,
      10'h352, 10'h214, 10'h123, 10'h001
    },
    out: {
      24'h300000, 24'h0f0000, 24'h00300c, 24'h00f000, 24'h000c00, 24'h00030c, 24'h0000f0,
      24'h00000f
    },
    out_inv: 8'h00
  };

endpackage
