// H^1 to H^32 of each key slot, in four columns so that a slot is wiped in eight writes.

module power_table
  import card_pkg::*;
#(
  parameter int unsigned NumSlots = DefaultNumSlots
) (
  input  logic             clk_i,
  input  logic             write_i,
  input  logic [SlotW-1:0] write_slot_i,
  input  logic [4:0]       write_power_i,   // n for H^(n + 1)
  input  block_t           write_data_i,
  input  logic             wipe_i,          // the four powers of write_power_i[4:2]

  input  logic             read_i,
  input  logic [SlotW-1:0] read_slot_i,
  input  logic [4:0]       read_power_i,
  output block_t           read_data_o      // one cycle later
);

  localparam int unsigned Rows = 8 * (NumSlots + 3);
  localparam int unsigned RowW = $clog2(Rows);

  logic [RowW-1:0] write_row, read_row;
  block_t [3:0]    data;
  logic [1:0]      column_q;

  assign write_row   = RowW'({write_slot_i, write_power_i[4:2]});
  assign read_row    = RowW'({read_slot_i, read_power_i[4:2]});
  assign read_data_o = data[column_q];

  always_ff @(posedge clk_i) begin
    if (read_i) column_q <= read_power_i[1:0];
  end

  for (genvar c = 0; c < 4; c++) begin : gen_column
    block_t mem_q [Rows];
    block_t data_q;
    logic   write, read;

    assign write = wipe_i || (write_i && write_power_i[1:0] == 2'(c));
    assign read  = read_i && read_power_i[1:0] == 2'(c);

    always_ff @(posedge clk_i) begin
      if (write) mem_q[write_row] <= wipe_i ? '0 : write_data_i;
      if (read) data_q <= mem_q[read_row];
    end

    assign data[c] = data_q;
  end

endmodule
