//! Gates of three inputs: any function of them, as AVX-512 has them in one instruction.

use crate::tdes::slice::Ternary;

/// Declares a function for each circuit; every gate is [`Ternary::ternary`] of the function that
/// the number names.
macro_rules! circuits {
    ($(
        $name:ident($($input:ident)*):
        $($gate:ident = $function:literal $first:ident $second:ident $third:ident;)*
        => [$($output:ident)*]
    )*) => {$(
        #[inline(always)]
        pub(in crate::tdes) fn $name<W: Ternary>([$($input),*]: [W; 6]) -> [W; 4] {
            $(let $gate = $first.ternary::<$function>($second, $third);)*
            [$($output),*]
        }
    )*};
}

super::choice!(Ternary);

circuits! {
    s1(g0 g1 g2 g3 g4 g5):
        g6 = 0xe2 g3 g2 g0; g7 = 0xe7 g5 g3 g6; g8 = 0x1c g6 g5 g2;
        g9 = 0xca g4 g7 g8; g10 = 0x46 g4 g2 g0; g11 = 0x1a g4 g3 g10;
        g12 = 0xb6 g10 g7 g4; g13 = 0xca g5 g11 g12; g14 = 0xca g1 g9 g13;
        g15 = 0x96 g4 g2 g0; g16 = 0x86 g9 g1 g15; g17 = 0x7c g15 g3 g0;
        g18 = 0x76 g2 g1 g17; g19 = 0xca g8 g15 g18; g20 = 0x92 g19 g13 g5;
        g21 = 0x65 g3 g2 g20; g22 = 0xca g14 g19 g21; g23 = 0xca g7 g22 g16;
        g24 = 0x5c g19 g12 g0; g25 = 0x96 g16 g3 g24; g26 = 0x28 g15 g9 g5;
        g27 = 0x9a g2 g1 g26; g28 = 0xe1 g27 g15 g9; g29 = 0xca g21 g28 g27;
        g30 = 0xca g18 g29 g25; g31 = 0xd8 g27 g23 g4; g32 = 0x69 g30 g1 g31;
        g33 = 0x5c g30 g23 g19; g34 = 0x5a g9 g0 g33; g35 = 0xca g5 g32 g34;
        => [g14 g35 g30 g23]
    s2(g0 g1 g2 g3 g4 g5):
        g6 = 0x2c g5 g4 g2; g7 = 0x9e g2 g0 g6; g8 = 0x96 g6 g5 g0;
        g9 = 0xca g1 g7 g8; g10 = 0x1a g5 g2 g1; g11 = 0x46 g2 g0 g10;
        g12 = 0x2d g8 g2 g1; g13 = 0xca g4 g11 g12; g14 = 0xca g3 g9 g13;
        g15 = 0xc8 g4 g3 g1; g16 = 0x95 g2 g1 g15; g17 = 0x39 g3 g2 g1;
        g18 = 0xca g7 g17 g16; g19 = 0x16 g11 g6 g1; g20 = 0x69 g15 g2 g19;
        g21 = 0xca g13 g18 g20; g22 = 0x9e g17 g14 g4; g23 = 0x59 g7 g2 g22;
        g24 = 0xc6 g20 g13 g5; g25 = 0xca g15 g24 g23; g26 = 0x46 g24 g2 g0;
        g27 = 0x59 g4 g3 g26; g28 = 0xca g10 g27 g25; g29 = 0x1b g19 g10 g6;
        g30 = 0xc1 g20 g14 g1; g31 = 0xca g22 g30 g29; g32 = 0x0e g30 g8 g4;
        g33 = 0x65 g18 g5 g32; g34 = 0xca g27 g31 g33;
        => [g21 g14 g34 g28]
    s3(g0 g1 g2 g3 g4 g5):
        g6 = 0xac g4 g3 g2; g7 = 0x96 g5 g1 g6; g8 = 0x70 g5 g2 g1;
        g9 = 0x1e g7 g3 g8; g10 = 0xac g8 g3 g1; g11 = 0x65 g2 g1 g10;
        g12 = 0xca g4 g9 g11; g13 = 0xca g0 g12 g7; g14 = 0xc8 g4 g3 g1;
        g15 = 0x96 g2 g0 g14; g16 = 0x16 g12 g5 g4; g17 = 0xa1 g3 g2 g16;
        g18 = 0x6e g16 g10 g2; g19 = 0xca g0 g18 g17; g20 = 0xca g7 g19 g15;
        g21 = 0x94 g15 g4 g0; g22 = 0x5a g1 g0 g21; g23 = 0x74 g22 g15 g14;
        g24 = 0x92 g20 g17 g23; g25 = 0xca g12 g24 g22; g26 = 0x4c g23 g7 g2;
        g27 = 0x69 g4 g0 g26; g28 = 0xca g16 g27 g25; g29 = 0x8e g10 g7 g5;
        g30 = 0x97 g6 g0 g29; g31 = 0x1c g15 g9 g5; g32 = 0x61 g24 g1 g31;
        g33 = 0xca g22 g32 g30;
        => [g33 g20 g28 g13]
    s4(g0 g1 g2 g3 g4 g5):
        g6 = 0x2c g4 g3 g1; g7 = 0x65 g2 g1 g6; g8 = 0x2e g7 g4 g1;
        g9 = 0x7a g6 g2 g8; g10 = 0xca g0 g9 g7; g11 = 0x9a g8 g6 g3;
        g12 = 0x69 g2 g1 g11; g13 = 0x9e g12 g9 g4; g14 = 0xca g0 g12 g13;
        g15 = 0xca g5 g14 g10; g16 = 0x27 g9 g6 g0; g17 = 0x56 g10 g4 g3;
        g18 = 0x6a g2 g0 g17; g19 = 0xca g1 g16 g18; g20 = 0x32 g14 g12 g3;
        g21 = 0x61 g1 g0 g20; g22 = 0x29 g21 g20 g13; g23 = 0xca g7 g22 g21;
        g24 = 0xca g5 g23 g19; g25 = 0x72 g14 g10 g5; g26 = 0x8d g23 g19 g5;
        => [g26 g24 g25 g15]
    s5(g0 g1 g2 g3 g4 g5):
        g6 = 0xb6 g4 g2 g0; g7 = 0x69 g5 g1 g6; g8 = 0xa4 g5 g4 g2;
        g9 = 0xa7 g7 g0 g8; g10 = 0xe8 g4 g2 g0; g11 = 0x5c g7 g0 g10;
        g12 = 0xca g1 g11 g9; g13 = 0xca g3 g7 g12; g14 = 0xe7 g12 g10 g3;
        g15 = 0x1e g4 g3 g0; g16 = 0x85 g2 g1 g15; g17 = 0xca g7 g14 g16;
        g18 = 0x46 g11 g8 g3; g19 = 0x96 g10 g1 g18; g20 = 0xca g5 g17 g19;
        g21 = 0x7e g19 g5 g4; g22 = 0x69 g7 g2 g21; g23 = 0x2a g22 g14 g11;
        g24 = 0x65 g1 g0 g23; g25 = 0x6c g24 g11 g3; g26 = 0xca g20 g25 g24;
        g27 = 0xca g18 g22 g26; g28 = 0x2b g22 g19 g2; g29 = 0x23 g12 g8 g3;
        g30 = 0xca g25 g29 g28; g31 = 0x5c g18 g13 g10; g32 = 0xa5 g1 g0 g31;
        g33 = 0xca g24 g30 g32;
        => [g20 g13 g33 g27]
    s6(g0 g1 g2 g3 g4 g5):
        g6 = 0x69 g4 g3 g0; g7 = 0x59 g6 g4 g1; g8 = 0xca g2 g6 g7;
        g9 = 0x92 g2 g1 g0; g10 = 0x49 g4 g1 g9; g11 = 0xd6 g4 g2 g1;
        g12 = 0xca g6 g10 g11; g13 = 0xca g5 g12 g8; g14 = 0x1e g7 g3 g0;
        g15 = 0x93 g7 g6 g3; g16 = 0xca g2 g14 g15; g17 = 0x9c g15 g9 g6;
        g18 = 0xe1 g7 g4 g2; g19 = 0xca g0 g18 g17; g20 = 0xca g5 g19 g16;
        g21 = 0x34 g12 g5 g4; g22 = 0xb8 g6 g2 g21; g23 = 0x4b g21 g18 g3;
        g24 = 0x68 g23 g13 g2; g25 = 0xa9 g7 g6 g24; g26 = 0xca g14 g25 g23;
        g27 = 0xca g9 g22 g26; g28 = 0x96 g6 g5 g2; g29 = 0xa6 g3 g1 g28;
        g30 = 0x2d g25 g17 g0; g31 = 0xe9 g27 g20 g1; g32 = 0xca g23 g31 g30;
        g33 = 0xca g12 g32 g29;
        => [g13 g33 g27 g20]
    s7(g0 g1 g2 g3 g4 g5):
        g6 = 0xb4 g3 g2 g1; g7 = 0x69 g1 g0 g6; g8 = 0x4b g7 g3 g2;
        g9 = 0xca g4 g7 g8; g10 = 0x18 g6 g4 g2; g11 = 0x68 g1 g0 g10;
        g12 = 0xd7 g10 g2 g1; g13 = 0xca g9 g11 g12; g14 = 0xca g5 g13 g9;
        g15 = 0x85 g11 g7 g5; g16 = 0x42 g15 g7 g6; g17 = 0x96 g5 g2 g16;
        g18 = 0xca g12 g17 g15; g19 = 0x90 g3 g2 g0; g20 = 0xbd g11 g6 g5;
        g21 = 0xca g18 g19 g20; g22 = 0xca g4 g21 g18; g23 = 0xb6 g4 g3 g0;
        g24 = 0x19 g15 g11 g23; g25 = 0x92 g15 g4 g1; g26 = 0x9c g20 g8 g25;
        g27 = 0xca g17 g26 g24; g28 = 0x5c g15 g12 g7; g29 = 0xca g10 g28 g27;
        g30 = 0x9e g4 g2 g0; g31 = 0xa7 g15 g5 g30; g32 = 0x1e g29 g23 g22;
        g33 = 0xa1 g3 g0 g32; g34 = 0xca g11 g5 g33; g35 = 0xca g13 g31 g34;
        => [g35 g22 g29 g14]
    s8(g0 g1 g2 g3 g4 g5):
        g6 = 0x64 g4 g2 g0; g7 = 0xa9 g4 g3 g6; g8 = 0x94 g4 g3 g0;
        g9 = 0x5a g2 g0 g8; g10 = 0xca g1 g9 g7; g11 = 0x98 g7 g1 g0;
        g12 = 0x9a g4 g2 g11; g13 = 0xd2 g8 g2 g1; g14 = 0xca g3 g13 g12;
        g15 = 0xca g5 g14 g10; g16 = 0xb4 g5 g2 g1; g17 = 0x74 g1 g0 g16;
        g18 = 0x5e g13 g5 g3; g19 = 0x96 g16 g0 g18; g20 = 0xca g4 g17 g19;
        g21 = 0xd4 g20 g19 g13; g22 = 0x56 g5 g4 g21; g23 = 0xca g8 g22 g20;
        g24 = 0x68 g13 g5 g1; g25 = 0x62 g22 g16 g10; g26 = 0x9a g3 g2 g25;
        g27 = 0xca g14 g24 g26; g28 = 0xb6 g16 g7 g3; g29 = 0x6d g10 g6 g28;
        g30 = 0xca g11 g29 g27; g31 = 0x72 g20 g11 g9; g32 = 0x4a g29 g7 g31;
        g33 = 0x1b g9 g7 g1; g34 = 0xca g5 g33 g32;
        => [g34 g30 g23 g15]
}
