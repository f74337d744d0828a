//! The tree over all entries, hashed as RFC 6962 does: a leaf is SHA-256 of `0x00` and the entry,
//! a node SHA-256 of `0x01` and its two children.
//!
//! [`Tree`] keeps only the roots of its perfect subtrees, so appending costs one node on average
//! and the state of a tree of any size fits in 64 hashes.

use arrayvec::ArrayVec;
use sha2::{Digest, Sha256};

/// SHA-256 of a leaf, a node or a whole tree.
pub type Hash = [u8; 32];

/// The hash of one entry.
pub fn leaf(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The hash of two children.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}

/// A growing tree: its size and the roots of its perfect subtrees, largest first.
///
/// ```
/// use typex_core::audit::merkle::{Tree, leaf, node};
/// let mut tree = Tree::default();
/// tree.push(leaf(b"first"));
/// tree.push(leaf(b"second"));
/// assert_eq!(tree.root(), node(&leaf(b"first"), &leaf(b"second")));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: ArrayVec<Hash, 64>,
}

impl Tree {
    /// The tree of `size` leaves whose perfect subtrees have these roots, largest first; `None`
    /// unless there is one for each bit set in `size`.
    pub fn from_peaks(size: u64, peaks: &[Hash]) -> Option<Self> {
        let fits = usize::try_from(size.count_ones()) == Ok(peaks.len());
        let peaks = ArrayVec::try_from(peaks).ok()?;
        fits.then_some(Self { size, peaks })
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf, given by its hash. A tree of 2^64 - 1 leaves stays as it is.
    pub fn push(&mut self, leaf: Hash) {
        let Some(size) = self.size.checked_add(1) else { return };
        let mut right = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                right = node(&left, &right);
            }
        }
        self.peaks.push(right);
        self.size = size;
    }

    /// The root. Of an empty tree it is SHA-256 of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |right, left| node(left, &right))
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        leaves.into_iter().fold(Self::default(), |mut tree, leaf| {
            tree.push(leaf);
            tree
        })
    }
}

/// The hashes that lead from leaf `index` to the root of `leaves`; `None` if there is no such
/// leaf. Time grows with the number of leaves.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    let (mut leaves, mut index) = (leaves, index);
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at(left_leaves(leaves.len()));
        if index < left.len() {
            proof.push(root_of(right));
            leaves = left;
        } else {
            proof.push(root_of(left));
            index -= left.len();
            leaves = right;
        }
    }
    proof.reverse();
    Some(proof)
}

/// Whether `proof` shows that `leaf` is number `index` in the tree of `size` leaves under `root`.
// The loop is that of RFC 9162, 2.1.3.2.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for step in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node(step, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// The hashes that show the tree over the first `old` of `leaves` to be a prefix of the tree over
/// all; `None` unless `old` is from 1 to their number. Time grows with the number of leaves.
pub fn consistency_proof(leaves: &[Hash], old: usize) -> Option<Vec<Hash>> {
    if old == 0 || old > leaves.len() {
        return None;
    }
    let mut proof = Vec::new();
    let (mut leaves, mut old, mut whole) = (leaves, old, true);
    while old < leaves.len() {
        let (left, right) = leaves.split_at(left_leaves(leaves.len()));
        if old <= left.len() {
            proof.push(root_of(right));
            leaves = left;
        } else {
            proof.push(root_of(left));
            old -= left.len();
            leaves = right;
            whole = false;
        }
    }
    if !whole {
        proof.push(root_of(leaves));
    }
    proof.reverse();
    Some(proof)
}

/// A tree by its size and root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// Leaves.
    pub size: u64,
    /// Root.
    pub root: Hash,
}

/// Whether `proof` shows that `new` only appends to `old`. The empty tree is a prefix of every
/// tree, with an empty proof.
// The loop is that of RFC 9162, 2.1.4.2.
pub fn verify_consistency(old: TreeHead, new: TreeHead, proof: &[Hash]) -> bool {
    if old.size == 0 || old.size >= new.size {
        let same = old == new || (old.size == 0 && old.root == Tree::default().root());
        return proof.is_empty() && old.size <= new.size && same;
    }
    let first = if old.size.is_power_of_two() { Some(&old.root) } else { None };
    let mut steps = first.into_iter().chain(proof);
    let Some(start) = steps.next() else { return false };
    let (mut at, mut last) = (old.size - 1, new.size - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old_root, mut new_root) = (*start, *start);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_root = node(step, &old_root);
            new_root = node(step, &new_root);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_root = node(&new_root, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_root == old.root && new_root == new.root
}

/// Leaves of the left subtree: the largest power of two below `len`, which is at least 2.
fn left_leaves(len: usize) -> usize {
    1 << (len - 1).ilog2()
}

fn root_of(leaves: &[Hash]) -> Hash {
    leaves.iter().copied().collect::<Tree>().root()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The leaves of the Certificate Transparency reference tests.
    fn reference_leaves() -> Vec<Hash> {
        let hex = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        hex.iter().map(|hex| leaf(&const_hex::decode(hex).unwrap())).collect()
    }

    fn hash(hex: &str) -> Hash {
        const_hex::decode_to_array(hex).unwrap()
    }

    fn hashes(hex: &[&str]) -> Vec<Hash> {
        hex.iter().map(|hex| hash(hex)).collect()
    }

    /// RFC 6962, 2.1, written down as it stands.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            more => {
                let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
                node(&naive_root(left), &naive_root(right))
            }
        }
    }

    #[test]
    fn reference_roots() {
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let leaves = reference_leaves();
        for (size, root) in roots.iter().enumerate() {
            let tree: Tree = leaves[..size].iter().copied().collect();
            assert_eq!(const_hex::encode(tree.root()), *root, "size {size}");
        }
    }

    #[test]
    fn reference_inclusion_proofs() {
        let leaves = reference_leaves();
        let cases: [(usize, usize, &[&str]); 4] = [
            (0, 1, &[]),
            (
                0,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                5,
                8,
                &[
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        ];
        for (index, size, expected) in cases {
            let proof = inclusion_proof(&leaves[..size], index).unwrap();
            assert_eq!(proof, hashes(expected), "leaf {index} of {size}");
        }
        assert_eq!(inclusion_proof(&leaves, 8), None);
    }

    #[test]
    fn reference_consistency_proofs() {
        let leaves = reference_leaves();
        let cases: [(usize, usize, &[&str]); 4] = [
            (1, 1, &[]),
            (
                1,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                6,
                8,
                &[
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (
                2,
                5,
                &[
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                ],
            ),
        ];
        for (old, new, expected) in cases {
            let proof = consistency_proof(&leaves[..new], old).unwrap();
            assert_eq!(proof, hashes(expected), "{old} to {new}");
        }
        assert_eq!(consistency_proof(&leaves, 0), None);
        assert_eq!(consistency_proof(&leaves, 9), None);
    }

    /// Every way to bend a proof that is not the proof itself.
    fn bent(proof: &[Hash]) -> Vec<Vec<Hash>> {
        let mut all = vec![[proof, &[[0; 32]]].concat()];
        for at in 0..proof.len() {
            let mut flipped = proof.to_vec();
            flipped[at][at % 32] ^= 1;
            let mut shorter = proof.to_vec();
            shorter.remove(at);
            all.extend([flipped, shorter]);
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn tree_and_proofs_agree_with_the_naive_tree(size in 1usize..70, seed: u64) {
            let leaves: Vec<Hash> =
                (0..size).map(|at| leaf(&(seed.wrapping_add(at as u64)).to_be_bytes())).collect();
            let tree: Tree = leaves.iter().copied().collect();
            let root = naive_root(&leaves);
            prop_assert_eq!(tree.root(), root);
            prop_assert_eq!(Tree::from_peaks(size as u64, tree.peaks()), Some(tree));
            let index = usize::try_from(seed % size as u64).unwrap();
            let (at, len) = (index as u64, size as u64);
            let proof = inclusion_proof(&leaves, index).unwrap();
            prop_assert!(verify_inclusion(leaves[index], at, len, &proof, &root));
            prop_assert!(!verify_inclusion([1; 32], at, len, &proof, &root));
            prop_assert!(!verify_inclusion(leaves[index], len, len, &proof, &root));
            for bad in bent(&proof) {
                prop_assert!(!verify_inclusion(leaves[index], at, len, &bad, &root));
            }
            let old = TreeHead { size: at + 1, root: naive_root(&leaves[..=index]) };
            let new = TreeHead { size: len, root };
            let proof = consistency_proof(&leaves, index + 1).unwrap();
            prop_assert!(verify_consistency(old, new, &proof));
            let [bad_old, bad_new] = [old, new].map(|head| TreeHead { root: [1; 32], ..head });
            prop_assert!(!verify_consistency(bad_old, new, &proof));
            prop_assert!(!verify_consistency(old, bad_new, &proof));
            for bad in bent(&proof) {
                prop_assert!(!verify_consistency(old, new, &bad));
            }
        }
    }

    #[test]
    fn empty_tree_is_a_prefix_and_no_tree_shrinks() {
        let empty = TreeHead { size: 0, root: Tree::default().root() };
        let one = TreeHead { size: 1, root: [7; 32] };
        assert!(verify_consistency(empty, one, &[]));
        assert!(verify_consistency(one, one, &[]));
        assert!(!verify_consistency(one, empty, &[]));
        assert!(!verify_consistency(one, TreeHead { size: 1, root: [8; 32] }, &[]));
    }
}
