// All rings of the card. Register reads follow mmio_i by one cycle, zero for other addresses.

module rings
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumRings = DefaultNumRings,
  parameter int unsigned ClockKhz = 250000
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  mmio_t                 mmio_i,
  output logic [31:0]           rd_data_o,

  output ring_cfg_t             cfg_o [NumRings],
  output ring_ptrs_t            ptrs_o [NumRings],
  output logic [NumRings-1:0]   enable_o,       // a ring begins anew
  output logic [NumRings-1:0]   want_o,
  output logic [3:0]            fetch_count_o [NumRings],
  input  logic [NumRings-1:0]   fetch_i,
  input  logic                  take_i,
  input  logic [RingW-1:0]      take_ring_i,
  output logic                  take_phase_o,   // that the descriptor taken must carry
  input  logic                  lost_valid_i,   // of take_ring_i
  input  logic [3:0]            lost_i,
  input  logic [4:0]            commit_i [NumRings],
  input  logic [NumRings-1:0]   urgent_i,
  output logic [NumVectors-1:0] fire_o,
  output logic                  no_credit_o,
  output logic                  jobs_o,         // some ring has jobs inside
  output logic                  busy_o,
  output logic                  error_valid_o,
  output error_t                error_o
);

  localparam int unsigned IndexW = (NumRings > 1) ? $clog2(NumRings) : 1;
  localparam logic [15:0] Base = abi_pkg::RegRingSqBase;

  logic [15:0]         wr_at, rd_at;
  logic                wr_hit;
  logic [6:0]          wr_reg, rd_reg;
  logic [31:0]         rd_data [NumRings];
  logic [31:0]         rd_data_q;
  logic [NumRings-1:0] phase, fire, no_credit, busy, tail_error, head_error, config_error;

  assign wr_at  = mmio_i.wr_addr - Base;
  assign rd_at  = mmio_i.rd_addr - Base;
  assign wr_hit = mmio_i.wr_valid && mmio_i.wr_addr >= Base;
  assign wr_reg = {wr_at[6:2], 2'b00};
  assign rd_reg = {rd_at[6:2], 2'b00};

  for (genvar r = 0; r < NumRings; r++) begin : gen_ring
    logic taken;
    assign taken = take_ring_i == RingW'(r);

    ring #(.ClockKhz(ClockKhz)) u_ring (
      .clk_i, .rst_ni, .wr_valid_i(wr_hit && wr_at[15:7] == 9'(r)), .wr_reg_i(wr_reg),
      .wr_data_i(mmio_i.wr_data), .rd_reg_i(rd_reg), .rd_data_o(rd_data[r]),
      .cfg_o(cfg_o[r]), .ptrs_o(ptrs_o[r]), .enable_o(enable_o[r]), .want_o(want_o[r]),
      .fetch_count_o(fetch_count_o[r]), .fetch_i(fetch_i[r]), .take_i(take_i && taken),
      .phase_o(phase[r]), .stop_i(lost_valid_i && taken), .lost_i, .commit_i(commit_i[r]),
      .urgent_i(urgent_i[r]), .fire_o(fire[r]), .no_credit_o(no_credit[r]), .busy_o(busy[r]),
      .tail_error_o(tail_error[r]), .head_error_o(head_error[r]),
      .config_error_o(config_error[r])
    );
  end

  assign take_phase_o = phase[take_ring_i[IndexW-1:0]];
  assign no_credit_o  = |no_credit;
  assign busy_o       = |busy;

  always_comb begin
    jobs_o = 1'b0;
    for (int unsigned r = 0; r < NumRings; r++) jobs_o |= ptrs_o[r].jobs != '0;
  end

  always_comb begin
    fire_o = '0;
    for (int unsigned r = 0; r < NumRings; r++) begin
      if (fire[r]) fire_o |= NumVectors'(1) << cfg_o[r].msix;
    end
  end

  always_ff @(posedge clk_i) begin
    if (mmio_i.rd_valid) begin
      rd_data_q <= '0;
      for (int unsigned r = 0; r < NumRings; r++) begin
        if (mmio_i.rd_addr >= Base && rd_at[15:7] == 9'(r)) rd_data_q <= rd_data[r];
      end
    end
  end
  assign rd_data_o = rd_data_q;

  // ---------------------------------------------------------------- errors
  logic   error_valid_q;
  error_t error_q;

  assign error_valid_o = error_valid_q;
  assign error_o       = error_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) error_valid_q <= 1'b0;
    else error_valid_q <= |{tail_error, head_error, config_error};
  end

  always_ff @(posedge clk_i) begin
    error_q.bits <= '0;
    error_q.bits[abi_pkg::ErrDoorbell]       <= |tail_error;
    error_q.bits[abi_pkg::ErrCompletionHead] <= |head_error;
    error_q.bits[abi_pkg::ErrRingConfig]     <= |config_error;
    error_q.ring <= wr_at[7+:RingW];
    error_q.tag  <= '0;
  end

  logic unused_mmio;
  assign unused_mmio = ^{wr_at[1:0], rd_at[1:0]};

endmodule
