// Types inside a cluster.

package cluster_pkg;

  import card_pkg::*;

  // What a lane does with the blocks of a step.
  typedef enum logic [2:0] {
    ModeEcb,
    ModeCbc,
    ModeMac,   // CBC whose last block alone is kept
    ModeCmac,
    ModeCtr,
    ModeGcmSeal,
    ModeGcmOpen
  } mode_e;

  // Where a step reads its data.
  typedef enum logic [1:0] {
    BankIn,
    BankFwd,
    BankInv
  } bank_e;

  // How the data lies there. The envelope's data starts at byte 13 of the INV bank; what an
  // operation made of it lies from block `OperateBlock` in the bank of its lane.
  typedef enum logic [1:0] {
    LayoutPlain,
    LayoutOperate,   // the envelope's data, block by block
    LayoutEnvelope   // opening: check and answer the header; sealing: put the result inside
  } layout_e;

  // First block of the result of an operation. With 66, the two halves of a block that is
  // sealed never lie in one column of a bank.
  parameter logic [BlockW-1:0] OperateBlock = 9'd66;

  typedef enum logic [1:0] {
    IvZero,
    IvJob,
    IvIn,    // block 0 of the input
    IvOut    // block 1
  } iv_e;

  // Round keys on their way to the lanes.
  typedef struct packed {
    logic             write;
    logic [SlotW-1:0] slot;
    logic [3:0]       round;
    block_t           data;
    logic             zero;
    logic [SlotW-1:0] zero_slot;
  } key_write_t;

  // Values derived from a key on their way to who keeps them: L, and powers of H.
  typedef struct packed {
    logic             l;
    logic             power;
    logic             wipe;    // L, and the powers of power_index[4:2]
    logic [SlotW-1:0] slot;
    logic [4:0]       index;   // n for H^(n + 1)
    block_t           data;
  } derived_t;

  // A step as the lanes need it.
  typedef struct packed {
    mode_e             mode;
    bank_e             source;
    layout_e           layout;
    logic [BlockW-1:0] block;       // first block of the data
    iv_e               iv;
    key_ref_t          key;
    logic [BytesW-1:0] data_bytes;
    logic [BlockW-1:0] aad_block;
    logic [7:0]        aad_bytes;
  } work_t;

  // An entry of the serial or the inverse queue.
  typedef struct packed {
    logic [CtxW-1:0]   ctx;
    logic [BlockW-1:0] blocks;
  } turn_t;

  // An entry of the parallel queue: issues; for GCM also AAD blocks and products.
  typedef struct packed {
    logic [CtxW-1:0]   ctx;
    logic [BlockW-1:0] blocks;
    logic              gcm;
    logic [3:0]        aad_blocks;
    logic [BlockW-1:0] products;
  } burst_t;

  // A step on its way to its queue.
  typedef struct packed {
    logic            serial;
    logic            parallel;
    logic            inverse;
    logic [CtxW-1:0] ctx;
    work_t           work;
    turn_t           turn;
    burst_t          burst;
  } dispatch_t;

  typedef enum logic [1:0] {
    TagNone,
    TagMac,
    TagGcm
  } tag_e;

  // An entry of the finish queue.
  typedef struct packed {
    logic [CtxW-1:0]   ctx;
    logic              error;      // the input could not be read: no output
    logic              inverse;    // the output lies in the INV bank
    tag_e              tag;
    logic [BlockW-1:0] tag_block;  // of the output
  } finish_t;

  // A line on its way out, or the end of a job without one.
  typedef struct packed {
    logic [CtxW-1:0] ctx;
    logic            beat;        // to be written at `addr`
    logic            last;        //   of a TLP
    logic            done;        // the job's last
    logic            key_load;
    logic            error;       // the input could not be read
    logic            mismatch;    // a check failed
    logic            bad_length;  // the length inside was wrong
    logic [6:0]      bytes;
    logic [63:0]     addr;
  } beat_t;

  // Place of a block in the sum of GHASH.
  typedef struct packed {
    logic       valid;
    logic [4:0] power;   // multiplied with H^(power + 1)
    logic       first;   // starts its chunk's sum
    logic       fold;    // the sum of the chunk before is added to the block
    logic       parity;  // of the chunk
    logic       last;    // the block of lengths follows
  } item_t;

  // A block on its way into the forward lane.
  typedef struct packed {
    logic              valid;
    logic              init;   // E(0) of a key that was written
    logic [CtxW-1:0]   ctx;
    logic [BlockW-1:0] index;
    logic              last;
    item_t             item;
  } issue_t;

  // How the input of the forward lane is put together.
  typedef struct packed {
    logic        lane;      // a block for the lane, not only a companion
    logic        init;      // zeros
    logic        counter;   // the IV with `count` added to its low 32 bits; data is the companion
    logic        gcm;       //   of which the IV brings none
    logic [31:0] count;
    logic        chain;     // add the message's last result
    logic        iv;        // add the IV
    logic        read;      // there is data
    layout_e     layout;
    logic        first;     // first block of the data
    logic        last;      // last block of the data
    bank_e       bank_a;
    bank_e       bank_b;
    logic [1:0]  column_a;
    logic [1:0]  column_b;
    logic [3:0]  bytes;     // of the data; 0: all
    logic        cmac;      // last block of CMAC
    logic        pad;       //   which is not whole
    key_ref_t    key;
  } operand_t;

  // What to do with a block that comes out of the forward lane.
  typedef struct packed {
    logic              init;
    logic [CtxW-1:0]   ctx;
    logic [SlotW-1:0]  slot;
    logic              add;       // add the companion
    logic [3:0]        bytes;     // keep so many bytes; 0: all
    logic              store;     // write to the FWD bank
    logic [BlockW-1:0] block;     //   there
    logic              tag;       // keep as tag mask or MAC
    logic              finish;    // the step ends
    logic              companion; // GHASH takes the companion, not the result
    item_t             item;
  } retire_t;

  // What to do with a block that comes out of the inverse lane.
  typedef struct packed {
    logic [CtxW-1:0]   ctx;
    logic [BlockW-1:0] block;     // of the INV bank
    logic              envelope;
    logic              first;
    logic              last;
  } inverse_t;

  // An item in front of the multiplier.
  typedef struct packed {
    logic [CtxW-1:0]  ctx;
    logic [SlotW-1:0] slot;
    item_t            item;
    block_t           block;
  } product_t;

endpackage
