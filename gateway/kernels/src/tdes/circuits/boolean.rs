//! Gates of two inputs: for machines that have no others.

use crate::tdes::slice::Word;

/// Declares a function for each circuit; every gate is a method of [`Word`].
macro_rules! circuits {
    ($(
        $name:ident($($input:ident)*):
        $($gate:ident = $operation:ident $($operand:ident)*;)*
        => [$($output:ident)*]
    )*) => {$(
        #[inline(always)]
        pub(in crate::tdes) fn $name<W: Word>([$($input),*]: [W; 6]) -> [W; 4] {
            $(let $gate = Word::$operation($($operand),*);)*
            [$($output),*]
        }
    )*};
}

super::choice!(Word);

circuits! {
    s1(g0 g1 g2 g3 g4 g5):
        g6 = xor g1 g0; g7 = xor g5 g4; g8 = xor g6 g7; g9 = or g8 g4;
        g10 = and g9 g3; g11 = xor g8 g10; g12 = not g4; g13 = sub g5 g11;
        g14 = and g13 g1; g15 = xor g12 g14; g16 = sub g15 g2; g17 = xor g11 g16;
        g18 = sub g4 g2; g19 = sub g1 g16; g20 = or g18 g19; g21 = and g19 g4;
        g22 = or g8 g2; g23 = xor g21 g22; g24 = and g23 g3; g25 = xor g20 g24;
        g26 = sub g25 g0; g27 = xor g17 g26; g28 = xor g9 g3; g29 = not g28;
        g30 = sub g8 g2; g31 = xor g29 g30; g32 = or g30 g24; g33 = or g27 g1;
        g34 = xor g32 g33; g35 = sub g34 g0; g36 = xor g31 g35; g37 = xor g36 g17;
        g38 = or g37 g0; g39 = sub g23 g30; g40 = or g39 g10; g41 = sub g0 g40;
        g42 = sub g38 g41; g43 = sub g42 g5; g44 = xor g36 g43; g45 = and g23 g14;
        g46 = xor g36 g18; g47 = or g45 g46; g48 = or g43 g37; g49 = sub g48 g30;
        g50 = and g49 g3; g51 = xor g47 g50; g52 = sub g40 g30; g53 = xor g52 g4;
        g54 = or g49 g41; g55 = sub g44 g32; g56 = sub g54 g55; g57 = and g56 g0;
        g58 = xor g53 g57; g59 = sub g58 g1; g60 = xor g51 g59; g61 = or g39 g13;
        g62 = xor g57 g31; g63 = sub g61 g62; g64 = or g47 g5; g65 = xor g64 g2;
        g66 = and g65 g1; g67 = or g63 g66; g68 = sub g47 g0; g69 = xor g66 g27;
        g70 = xor g68 g69; g71 = or g67 g26; g72 = xor g71 g49; g73 = and g72 g3;
        g74 = xor g70 g73; g75 = sub g74 g4; g76 = xor g67 g75;
        => [g27 g44 g76 g60]
    s2(g0 g1 g2 g3 g4 g5):
        g6 = not g4; g7 = sub g5 g1; g8 = xor g6 g7; g9 = or g4 g1;
        g10 = and g9 g3; g11 = xor g8 g10; g12 = sub g1 g5; g13 = not g12;
        g14 = and g13 g2; g15 = xor g11 g14; g16 = or g13 g2; g17 = xor g16 g1;
        g18 = and g15 g5; g19 = and g18 g4; g20 = xor g17 g19; g21 = sub g4 g12;
        g22 = and g21 g3; g23 = xor g20 g22; g24 = and g23 g0; g25 = xor g15 g24;
        g26 = sub g7 g15; g27 = xor g16 g0; g28 = xor g26 g27; g29 = and g13 g3;
        g30 = xor g28 g29; g31 = xor g23 g5; g32 = or g18 g10; g33 = xor g31 g32;
        g34 = sub g12 g0; g35 = or g33 g34; g36 = and g35 g4; g37 = xor g30 g36;
        g38 = sub g27 g32; g39 = xor g29 g14; g40 = or g38 g39; g41 = xor g27 g3;
        g42 = or g41 g2; g43 = and g40 g42; g44 = and g37 g28; g45 = xor g39 g32;
        g46 = xor g44 g45; g47 = and g46 g1; g48 = xor g43 g47; g49 = sub g42 g24;
        g50 = or g35 g27; g51 = xor g49 g50; g52 = xor g46 g30; g53 = xor g52 g7;
        g54 = sub g53 g0; g55 = or g51 g54; g56 = and g55 g4; g57 = xor g48 g56;
        g58 = sub g42 g37; g59 = xor g58 g35; g60 = xor g35 g16; g61 = or g60 g3;
        g62 = and g59 g61; g63 = xor g38 g25; g64 = xor g61 g57; g65 = xor g63 g64;
        g66 = sub g65 g1; g67 = xor g62 g66; g68 = xor g53 g20; g69 = or g58 g28;
        g70 = xor g68 g69; g71 = and g70 g5; g72 = or g67 g71;
        => [g25 g37 g57 g72]
    s3(g0 g1 g2 g3 g4 g5):
        g6 = xor g5 g3; g7 = xor g6 g1; g8 = xor g3 g2; g9 = and g8 g4;
        g10 = xor g7 g9; g11 = sub g0 g5; g12 = or g10 g11; g13 = or g8 g4;
        g14 = xor g10 g3; g15 = sub g13 g14; g16 = xor g8 g4; g17 = sub g16 g1;
        g18 = or g15 g17; g19 = and g13 g2; g20 = xor g19 g1; g21 = and g20 g3;
        g22 = or g18 g21; g23 = and g22 g0; g24 = xor g12 g23; g25 = xor g14 g0;
        g26 = not g25; g27 = sub g3 g20; g28 = and g27 g5; g29 = xor g26 g28;
        g30 = or g29 g6; g31 = sub g30 g2; g32 = xor g29 g31; g33 = and g15 g12;
        g34 = sub g4 g30; g35 = xor g33 g34; g36 = and g35 g1; g37 = or g32 g36;
        g38 = or g29 g2; g39 = not g38; g40 = and g39 g0; g41 = or g37 g40;
        g42 = sub g35 g32; g43 = xor g38 g4; g44 = xor g42 g43; g45 = and g20 g18;
        g46 = sub g8 g45; g47 = and g46 g5; g48 = xor g44 g47; g49 = xor g46 g19;
        g50 = xor g49 g8; g51 = sub g10 g2; g52 = xor g51 g27; g53 = and g52 g5;
        g54 = xor g50 g53; g55 = and g54 g0; g56 = xor g48 g55; g57 = xor g50 g11;
        g58 = xor g57 g4; g59 = sub g31 g20; g60 = and g9 g5; g61 = or g59 g60;
        g62 = sub g61 g0; g63 = xor g58 g62; g64 = sub g24 g9; g65 = xor g64 g49;
        g66 = and g27 g0; g67 = or g65 g66; g68 = and g67 g3; g69 = xor g63 g68;
        => [g69 g41 g56 g24]
    s4(g0 g1 g2 g3 g4 g5):
        g6 = xor g4 g3; g7 = not g6; g8 = or g6 g4; g9 = sub g2 g7;
        g10 = sub g8 g9; g11 = and g10 g0; g12 = xor g7 g11; g13 = and g3 g2;
        g14 = xor g4 g2; g15 = or g14 g0; g16 = sub g15 g3; g17 = or g13 g16;
        g18 = sub g17 g1; g19 = xor g12 g18; g20 = xor g16 g2; g21 = xor g20 g1;
        g22 = xor g12 g2; g23 = xor g22 g0; g24 = or g23 g4; g25 = and g21 g24;
        g26 = xor g21 g6; g27 = sub g26 g2; g28 = or g25 g27; g29 = and g28 g5;
        g30 = xor g19 g29; g31 = xor g30 g26; g32 = sub g1 g5; g33 = sub g32 g4;
        g34 = xor g31 g33; g35 = sub g14 g34; g36 = xor g19 g5; g37 = or g35 g36;
        g38 = and g37 g0; g39 = xor g34 g38; g40 = sub g30 g12; g41 = xor g40 g4;
        g42 = sub g23 g38; g43 = and g42 g1; g44 = xor g41 g43; g45 = sub g36 g1;
        g46 = xor g45 g11; g47 = sub g46 g4; g48 = or g44 g47; g49 = sub g48 g2;
        g50 = xor g39 g49; g51 = xor g30 g28; g52 = xor g51 g5; g53 = xor g50 g3;
        g54 = xor g36 g25; g55 = xor g53 g54; g56 = and g16 g0; g57 = xor g55 g56;
        g58 = sub g26 g19; g59 = xor g58 g0; g60 = sub g59 g1; g61 = xor g57 g60;
        => [g50 g61 g52 g30]
    s5(g0 g1 g2 g3 g4 g5):
        g6 = or g3 g1; g7 = sub g6 g2; g8 = xor g3 g0; g9 = or g1 g0;
        g10 = and g8 g9; g11 = and g10 g2; g12 = or g7 g11; g13 = sub g0 g2;
        g14 = not g13; g15 = and g14 g5; g16 = xor g12 g15; g17 = xor g12 g3;
        g18 = xor g17 g1; g19 = sub g5 g1; g20 = or g18 g19; g21 = sub g7 g19;
        g22 = xor g21 g5; g23 = sub g22 g0; g24 = xor g20 g23; g25 = sub g2 g19;
        g26 = xor g25 g5; g27 = sub g26 g3; g28 = or g24 g27; g29 = sub g28 g4;
        g30 = xor g16 g29; g31 = sub g8 g4; g32 = xor g31 g1; g33 = xor g32 g4;
        g34 = xor g33 g0; g35 = sub g34 g3; g36 = xor g32 g35; g37 = or g30 g14;
        g38 = or g37 g3; g39 = and g38 g5; g40 = xor g36 g39; g41 = sub g25 g6;
        g42 = xor g33 g24; g43 = or g41 g42; g44 = not g16; g45 = sub g44 g0;
        g46 = or g43 g45; g47 = and g46 g2; g48 = xor g40 g47; g49 = xor g26 g23;
        g50 = xor g45 g35; g51 = sub g49 g50; g52 = or g33 g23; g53 = xor g52 g10;
        g54 = sub g53 g2; g55 = xor g51 g54; g56 = xor g26 g10; g57 = and g56 g3;
        g58 = and g12 g5; g59 = and g58 g0; g60 = xor g57 g59; g61 = sub g60 g4;
        g62 = xor g55 g61; g63 = sub g46 g36; g64 = xor g63 g39; g65 = xor g61 g42;
        g66 = xor g65 g16; g67 = and g66 g2; g68 = xor g64 g67; g69 = xor g30 g4;
        g70 = xor g68 g17; g71 = and g70 g5; g72 = xor g69 g71; g73 = sub g7 g28;
        g74 = sub g73 g0; g75 = or g72 g74; g76 = and g75 g1; g77 = xor g68 g76;
        => [g62 g48 g77 g30]
    s6(g0 g1 g2 g3 g4 g5):
        g6 = xor g4 g0; g7 = and g4 g0; g8 = xor g7 g1; g9 = and g8 g3;
        g10 = xor g6 g9; g11 = xor g8 g2; g12 = sub g3 g10; g13 = xor g11 g12;
        g14 = and g13 g2; g15 = xor g10 g14; g16 = xor g15 g11; g17 = or g12 g0;
        g18 = and g16 g17; g19 = and g17 g2; g20 = xor g19 g3; g21 = and g20 g4;
        g22 = xor g18 g21; g23 = and g22 g5; g24 = xor g15 g23; g25 = not g5;
        g26 = xor g6 g3; g27 = and g26 g2; g28 = xor g25 g27; g29 = xor g18 g5;
        g30 = or g12 g2; g31 = xor g29 g30; g32 = and g31 g5; g33 = or g28 g32;
        g34 = xor g26 g25; g35 = or g34 g1; g36 = sub g4 g35; g37 = sub g33 g36;
        g38 = sub g10 g25; g39 = xor g38 g2; g40 = or g32 g13; g41 = xor g40 g2;
        g42 = and g41 g4; g43 = xor g39 g42; g44 = sub g1 g43; g45 = sub g37 g44;
        g46 = xor g29 g3; g47 = sub g42 g45; g48 = xor g46 g47; g49 = sub g0 g43;
        g50 = sub g48 g49; g51 = sub g45 g3; g52 = or g31 g1; g53 = xor g51 g52;
        g54 = and g53 g2; g55 = xor g50 g54; g56 = or g8 g3; g57 = xor g43 g10;
        g58 = and g56 g57; g59 = sub g58 g5; g60 = or g55 g59; g61 = xor g34 g1;
        g62 = and g42 g35; g63 = xor g62 g8; g64 = and g63 g3; g65 = xor g61 g64;
        g66 = and g54 g20; g67 = xor g41 g24; g68 = or g66 g67; g69 = and g24 g0;
        g70 = or g68 g69; g71 = and g70 g2; g72 = xor g65 g71;
        => [g45 g72 g60 g24]
    s7(g0 g1 g2 g3 g4 g5):
        g6 = xor g3 g1; g7 = sub g2 g5; g8 = xor g6 g7; g9 = xor g5 g2;
        g10 = sub g1 g8; g11 = xor g9 g10; g12 = and g11 g0; g13 = xor g8 g12;
        g14 = xor g6 g2; g15 = or g14 g0; g16 = sub g3 g15; g17 = sub g13 g16;
        g18 = xor g5 g4; g19 = sub g0 g12; g20 = sub g18 g19; g21 = or g18 g16;
        g22 = xor g21 g1; g23 = and g22 g3; g24 = xor g20 g23; g25 = and g24 g4;
        g26 = xor g17 g25; g27 = sub g8 g2; g28 = xor g8 g4; g29 = or g27 g28;
        g30 = sub g4 g13; g31 = not g30; g32 = or g31 g3; g33 = and g29 g32;
        g34 = xor g33 g11; g35 = xor g34 g4; g36 = and g28 g7; g37 = and g36 g3;
        g38 = xor g35 g37; g39 = sub g38 g0; g40 = xor g33 g39; g41 = or g36 g30;
        g42 = and g21 g14; g43 = xor g41 g42; g44 = sub g22 g41; g45 = not g44;
        g46 = sub g45 g1; g47 = xor g43 g46; g48 = sub g6 g47; g49 = or g45 g24;
        g50 = xor g48 g49; g51 = and g22 g14; g52 = xor g51 g11; g53 = and g52 g4;
        g54 = xor g50 g53; g55 = sub g54 g0; g56 = xor g47 g55; g57 = xor g22 g19;
        g58 = xor g56 g33; g59 = and g57 g58; g60 = sub g57 g13; g61 = sub g7 g20;
        g62 = xor g60 g61; g63 = sub g62 g1; g64 = xor g59 g63; g65 = xor g31 g28;
        g66 = xor g43 g19; g67 = sub g65 g66; g68 = xor g34 g26; g69 = and g68 g1;
        g70 = xor g67 g69; g71 = sub g70 g2; g72 = or g64 g71;
        => [g40 g72 g26 g56]
    s8(g0 g1 g2 g3 g4 g5):
        g6 = sub g0 g3; g7 = xor g6 g1; g8 = sub g3 g0; g9 = not g3;
        g10 = sub g9 g1; g11 = or g8 g10; g12 = sub g11 g4; g13 = xor g7 g12;
        g14 = sub g0 g4; g15 = or g9 g1; g16 = sub g15 g0; g17 = or g14 g16;
        g18 = and g17 g2; g19 = xor g13 g18; g20 = sub g17 g7; g21 = or g20 g4;
        g22 = sub g19 g16; g23 = sub g22 g1; g24 = and g23 g2; g25 = xor g21 g24;
        g26 = xor g18 g8; g27 = xor g15 g2; g28 = xor g26 g27; g29 = sub g4 g28;
        g30 = sub g25 g29; g31 = and g30 g5; g32 = xor g19 g31; g33 = xor g7 g2;
        g34 = and g27 g1; g35 = and g34 g0; g36 = xor g9 g2; g37 = sub g36 g0;
        g38 = or g35 g37; g39 = and g38 g4; g40 = xor g33 g39; g41 = sub g32 g11;
        g42 = and g36 g13; g43 = xor g42 g29; g44 = and g43 g0; g45 = xor g41 g44;
        g46 = and g45 g5; g47 = xor g40 g46; g48 = xor g30 g19; g49 = not g48;
        g50 = xor g27 g23; g51 = or g50 g1; g52 = or g47 g44; g53 = xor g52 g2;
        g54 = or g53 g3; g55 = and g51 g54; g56 = and g55 g5; g57 = xor g49 g56;
        g58 = xor g40 g30; g59 = xor g58 g5; g60 = sub g4 g5; g61 = sub g1 g60;
        g62 = sub g59 g61; g63 = sub g59 g39; g64 = xor g63 g1; g65 = and g4 g2;
        g66 = or g64 g65; g67 = sub g66 g3; g68 = xor g62 g67; g69 = sub g18 g1;
        g70 = xor g66 g46; g71 = xor g69 g70; g72 = sub g71 g4; g73 = or g68 g72;
        => [g32 g73 g47 g57]
}
