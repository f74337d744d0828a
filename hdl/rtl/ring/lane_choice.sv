// Chooses the lane of the next job: the enabled one with the fewest jobs; of equals the first
// behind the lane of the last job. Combinational over registers.

module lane_choice
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  localparam int unsigned CountW = CtxW + 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [NumLanes-1:0] enable_i,
  input  logic                put_i,       // a job goes to put_lane_i
  input  logic [LaneW-1:0]    put_lane_i,
  input  logic [NumLanes-1:0] end_i,       // a job of this lane ended
  input  logic [NumLanes-1:0] load_end_i,  // so did a key_load
  output logic                valid_o,     // some lane is enabled
  output logic [LaneW-1:0]    lane_o,
  output logic                empty_o      // no lane has a job
);

  logic [CountW-1:0] jobs_q [NumLanes];
  logic [LaneW-1:0]  last_q, lane;
  logic              found, any;

  // two rounds over the lanes: those behind the last, then all; only fewer jobs win
  always_comb begin
    logic [CountW-1:0] least;
    lane  = '0;
    found = 1'b0;
    least = '1;
    for (int unsigned l = 0; l < NumLanes; l++) begin
      if (enable_i[l] && LaneW'(l) > last_q && jobs_q[l] < least) begin
        lane  = LaneW'(l);
        found = 1'b1;
        least = jobs_q[l];
      end
    end
    for (int unsigned l = 0; l < NumLanes; l++) begin
      if (enable_i[l] && jobs_q[l] < least) begin
        lane  = LaneW'(l);
        found = 1'b1;
        least = jobs_q[l];
      end
    end
  end

  assign valid_o = found;
  assign lane_o  = lane;

  always_comb begin
    any = 1'b0;
    for (int unsigned l = 0; l < NumLanes; l++) any |= jobs_q[l] != '0;
  end
  assign empty_o = !any;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q <= '0;
      for (int unsigned l = 0; l < NumLanes; l++) jobs_q[l] <= '0;
    end else begin
      if (put_i) last_q <= put_lane_i;
      for (int unsigned l = 0; l < NumLanes; l++) begin
        jobs_q[l] <= jobs_q[l] + CountW'(put_i && put_lane_i == LaneW'(l)) - CountW'(end_i[l])
                     - CountW'(load_end_i[l]);
      end
    end
  end

endmodule
