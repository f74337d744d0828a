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
        g6 = xor g5 g1; g7 = not g6; g8 = and g5 g3; g9 = not g8;
        g10 = and g9 g4; g11 = xor g7 g10; g12 = xor g9 g4; g13 = xor g12 g3;
        g14 = not g11; g15 = and g14 g1; g16 = or g13 g15; g17 = and g16 g0;
        g18 = xor g11 g17; g19 = sub g13 g12; g20 = xor g19 g17; g21 = xor g17 g9;
        g22 = xor g3 g0; g23 = sub g21 g22; g24 = sub g23 g1; g25 = xor g20 g24;
        g26 = and g25 g2; g27 = xor g18 g26; g28 = sub g21 g5; g29 = xor g28 g1;
        g30 = and g29 g4; g31 = xor g22 g30; g32 = sub g11 g1; g33 = or g31 g32;
        g34 = sub g12 g20; g35 = sub g5 g14; g36 = xor g34 g35; g37 = sub g27 g21;
        g38 = xor g37 g0; g39 = sub g38 g5; g40 = or g36 g39; g41 = and g40 g2;
        g42 = xor g33 g41; g43 = xor g22 g19; g44 = xor g43 g2; g45 = sub g26 g18;
        g46 = xor g33 g17; g47 = xor g45 g46; g48 = sub g47 g1; g49 = xor g44 g48;
        g50 = xor g40 g30; g51 = sub g50 g2; g52 = sub g20 g42; g53 = and g52 g1;
        g54 = or g51 g53; g55 = sub g54 g5; g56 = xor g49 g55; g57 = sub g23 g32;
        g58 = sub g57 g2; g59 = xor g24 g58; g60 = xor g48 g22; g61 = xor g49 g40;
        g62 = and g60 g61; g63 = and g62 g0; g64 = xor g59 g63; g65 = xor g46 g14;
        g66 = sub g65 g30; g67 = or g49 g11; g68 = sub g67 g2; g69 = xor g66 g68;
        g70 = and g69 g3; g71 = or g64 g70;
        => [g27 g42 g71 g56]
    s2(g0 g1 g2 g3 g4 g5):
        g6 = xor g4 g3; g7 = not g6; g8 = and g2 g5; g9 = xor g7 g8;
        g10 = and g6 g3; g11 = or g5 g2; g12 = xor g10 g11; g13 = sub g12 g1;
        g14 = xor g9 g13; g15 = and g5 g4; g16 = xor g12 g3; g17 = sub g16 g1;
        g18 = or g15 g17; g19 = sub g11 g15; g20 = not g19; g21 = sub g20 g2;
        g22 = xor g18 g21; g23 = and g22 g0; g24 = xor g14 g23; g25 = xor g7 g0;
        g26 = xor g16 g1; g27 = sub g26 g2; g28 = xor g25 g27; g29 = and g10 g1;
        g30 = xor g27 g1; g31 = or g26 g0; g32 = and g30 g31; g33 = and g32 g4;
        g34 = or g29 g33; g35 = sub g34 g5; g36 = xor g28 g35; g37 = sub g8 g10;
        g38 = sub g30 g13; g39 = xor g37 g38; g40 = sub g39 g9; g41 = sub g25 g33;
        g42 = xor g40 g41; g43 = sub g42 g0; g44 = xor g39 g43; g45 = and g28 g6;
        g46 = xor g43 g16; g47 = xor g45 g46; g48 = xor g23 g1; g49 = or g48 g2;
        g50 = and g47 g49; g51 = sub g50 g5; g52 = xor g44 g51; g53 = and g27 g7;
        g54 = and g44 g14; g55 = or g53 g54; g56 = xor g25 g22; g57 = and g31 g15;
        g58 = xor g56 g57; g59 = and g58 g4; g60 = or g55 g59; g61 = and g36 g34;
        g62 = xor g61 g49; g63 = or g43 g35; g64 = xor g63 g5; g65 = sub g64 g4;
        g66 = xor g62 g65; g67 = and g66 g3; g68 = xor g60 g67;
        => [g24 g36 g52 g68]
    s3(g0 g1 g2 g3 g4 g5):
        g6 = xor g3 g0; g7 = xor g5 g4; g8 = xor g6 g7; g9 = sub g4 g5;
        g10 = or g9 g1; g11 = and g10 g2; g12 = xor g8 g11; g13 = sub g2 g4;
        g14 = not g13; g15 = sub g14 g1; g16 = xor g5 g15; g17 = sub g3 g9;
        g18 = sub g16 g17; g19 = xor g9 g8; g20 = sub g2 g19; g21 = sub g18 g20;
        g22 = sub g21 g0; g23 = xor g12 g22; g24 = xor g7 g2; g25 = xor g24 g1;
        g26 = sub g1 g4; g27 = sub g25 g26; g28 = sub g5 g11; g29 = not g28;
        g30 = sub g29 g3; g31 = xor g27 g30; g32 = sub g31 g4; g33 = xor g26 g19;
        g34 = xor g32 g33; g35 = and g28 g4; g36 = or g34 g35; g37 = sub g36 g0;
        g38 = xor g31 g37; g39 = xor g38 g33; g40 = xor g39 g13; g41 = xor g31 g19;
        g42 = sub g41 g17; g43 = sub g42 g2; g44 = xor g40 g43; g45 = xor g19 g13;
        g46 = or g41 g10; g47 = and g45 g46; g48 = and g47 g0; g49 = or g44 g48;
        g50 = sub g12 g17; g51 = xor g50 g3; g52 = sub g1 g51; g53 = sub g49 g52;
        g54 = xor g34 g9; g55 = not g54; g56 = or g24 g16; g57 = sub g0 g56;
        g58 = sub g55 g57; g59 = sub g28 g48; g60 = or g18 g13; g61 = or g59 g60;
        g62 = and g42 g33; g63 = xor g62 g4; g64 = sub g63 g5; g65 = or g61 g64;
        g66 = and g65 g1; g67 = xor g58 g66;
        => [g23 g67 g53 g38]
    s4(g0 g1 g2 g3 g4 g5):
        g6 = sub g2 g0; g7 = xor g6 g3; g8 = sub g7 g4; g9 = xor g1 g8;
        g10 = sub g0 g4; g11 = xor g10 g7; g12 = sub g5 g2; g13 = xor g11 g12;
        g14 = sub g13 g1; g15 = xor g9 g14; g16 = xor g4 g1; g17 = xor g9 g6;
        g18 = or g16 g17; g19 = xor g14 g2; g20 = sub g0 g19; g21 = sub g18 g20;
        g22 = sub g21 g5; g23 = xor g15 g22; g24 = sub g17 g11; g25 = not g24;
        g26 = or g25 g3; g27 = and g23 g26; g28 = sub g1 g7; g29 = xor g28 g2;
        g30 = sub g18 g4; g31 = xor g29 g30; g32 = sub g26 g29; g33 = xor g28 g16;
        g34 = or g32 g33; g35 = and g34 g0; g36 = xor g31 g35; g37 = xor g19 g4;
        g38 = sub g25 g37; g39 = sub g17 g6; g40 = xor g39 g1; g41 = and g40 g2;
        g42 = or g38 g41; g43 = sub g42 g5; g44 = xor g36 g43; g45 = not g36;
        g46 = or g42 g8; g47 = or g29 g1; g48 = xor g46 g47; g49 = and g48 g5;
        g50 = xor g45 g49; g51 = xor g34 g27; g52 = xor g51 g5; g53 = xor g47 g36;
        g54 = and g53 g3; g55 = xor g52 g54; g56 = or g17 g0; g57 = xor g56 g16;
        g58 = and g57 g4; g59 = xor g55 g58;
        => [g27 g59 g44 g50]
    s5(g0 g1 g2 g3 g4 g5):
        g6 = xor g5 g2; g7 = or g6 g4; g8 = and g0 g3; g9 = xor g7 g8;
        g10 = sub g3 g6; g11 = and g5 g0; g12 = or g10 g11; g13 = sub g4 g12;
        g14 = sub g9 g13; g15 = xor g8 g4; g16 = or g2 g0; g17 = xor g15 g16;
        g18 = sub g17 g5; g19 = or g14 g18; g20 = sub g16 g6; g21 = xor g20 g0;
        g22 = sub g21 g3; g23 = xor g3 g22; g24 = sub g23 g1; g25 = xor g19 g24;
        g26 = or g21 g20; g27 = xor g26 g3; g28 = xor g27 g9; g29 = or g27 g17;
        g30 = not g29; g31 = sub g30 g5; g32 = xor g28 g31; g33 = sub g32 g1;
        g34 = xor g27 g33; g35 = xor g18 g6; g36 = xor g35 g1; g37 = sub g34 g18;
        g38 = xor g17 g3; g39 = and g37 g38; g40 = sub g39 g0; g41 = xor g36 g40;
        g42 = and g41 g4; g43 = xor g34 g42; g44 = or g21 g17; g45 = xor g43 g12;
        g46 = and g44 g45; g47 = xor g43 g15; g48 = and g47 g0; g49 = xor g46 g48;
        g50 = and g28 g19; g51 = or g50 g43; g52 = or g42 g21; g53 = or g52 g8;
        g54 = and g53 g2; g55 = xor g51 g54; g56 = and g55 g1; g57 = xor g49 g56;
        g58 = and g47 g41; g59 = xor g58 g49; g60 = sub g45 g33; g61 = xor g60 g0;
        g62 = sub g61 g3; g63 = xor g59 g62; g64 = or g46 g36; g65 = xor g64 g42;
        g66 = xor g54 g36; g67 = xor g66 g14; g68 = and g67 g3; g69 = xor g65 g68;
        g70 = sub g69 g5; g71 = xor g63 g70;
        => [g71 g25 g43 g57]
    s6(g0 g1 g2 g3 g4 g5):
        g6 = xor g3 g1; g7 = sub g2 g5; g8 = xor g6 g7; g9 = xor g5 g1;
        g10 = or g9 g2; g11 = sub g10 g0; g12 = xor g8 g11; g13 = sub g0 g7;
        g14 = xor g13 g2; g15 = sub g5 g0; g16 = and g15 g3; g17 = xor g14 g16;
        g18 = sub g0 g3; g19 = sub g18 g5; g20 = xor g12 g19; g21 = and g20 g1;
        g22 = xor g17 g21; g23 = and g22 g4; g24 = xor g12 g23; g25 = sub g5 g24;
        g26 = xor g25 g21; g27 = xor g20 g1; g28 = and g9 g0; g29 = sub g27 g28;
        g30 = sub g29 g2; g31 = xor g26 g30; g32 = sub g8 g1; g33 = xor g26 g22;
        g34 = xor g32 g33; g35 = xor g31 g10; g36 = not g35; g37 = sub g36 g0;
        g38 = xor g34 g37; g39 = sub g38 g4; g40 = xor g31 g39; g41 = sub g33 g4;
        g42 = xor g41 g12; g43 = xor g39 g33; g44 = and g43 g40; g45 = sub g44 g2;
        g46 = xor g42 g45; g47 = or g20 g4; g48 = xor g24 g14; g49 = sub g48 g26;
        g50 = and g49 g3; g51 = xor g47 g50; g52 = and g51 g1; g53 = xor g46 g52;
        g54 = sub g24 g0; g55 = xor g53 g4; g56 = xor g54 g55; g57 = sub g24 g11;
        g58 = xor g57 g0; g59 = sub g40 g5; g60 = or g58 g59; g61 = and g60 g1;
        g62 = xor g56 g61; g63 = sub g59 g8; g64 = not g63; g65 = or g64 g4;
        g66 = and g62 g65;
        => [g53 g40 g24 g66]
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
