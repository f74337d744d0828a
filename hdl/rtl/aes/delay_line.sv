// What goes in comes out Depth cycles later, whether valid or not. For tags and companions that
// travel beside a lane.
//
// A chain of circular RAMs of at most 16 words, each read one word ahead of its writing and
// registered: distributed RAM instead of a flip-flop per cycle and bit. Contents are not reset:
// the first Depth words out are undefined, so a valid bit has to travel elsewhere.

module delay_line #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  localparam int unsigned SegmentMax = 17;
  // Bits that share a pointer: more would make its fan-out slow, and leave the words of 64 bits
  // that are fast in simulation.
  localparam int unsigned SliceMax = 64;
  localparam int unsigned Segments = (Depth + SegmentMax - 1) / SegmentMax;

  logic [Width-1:0] data [Segments+1];

  assign data[0] = data_i;
  assign data_o  = data[Segments];

  for (genvar s = 0; s < Segments; s++) begin : gen_segments
    localparam int unsigned Cycles =
        (s == Segments - 1) ? Depth - s * SegmentMax : SegmentMax;
    if (Cycles == 1) begin : gen_register
      logic [Width-1:0] data_q;
      always_ff @(posedge clk_i) data_q <= data[s];
      assign data[s+1] = data_q;
      if (Segments == 1) begin : gen_unused
        logic unused_rst;
        assign unused_rst = rst_ni;
      end
    end else begin : gen_rings
      for (genvar w = 0; w < Width; w += SliceMax) begin : gen_slices
        localparam int unsigned Bits = (Width - w < SliceMax) ? Width - w : SliceMax;
        delay_ring #(
          .Width(Bits),
          .Cycles(Cycles)
        ) u_ring (
          .clk_i,
          .rst_ni,
          .data_i(data[s][w+:Bits]),
          .data_o(data[s+1][w+:Bits])
        );
      end
    end
  end

endmodule
