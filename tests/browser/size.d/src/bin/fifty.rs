//! Fifty `fetch!`s, fifty handlers: the difference to one is the cost of the further ones.

use std::hint::black_box;

use fetch_runtime::{Response, fetch, fetch_handler};

/// Handlers that differ, so that the linker cannot fold them into one.
macro_rules! handlers {
    ($($name:ident $url:literal)*) => {
        $(
            #[fetch_handler]
            fn $name(response: Response) {
                black_box((response.body(), $url));
            }
        )*

        fn main() {
            $(let _ = fetch!(GET $url => $name);)*
        }
    };
}

handlers! {
    loaded_00 "/00.bin" loaded_01 "/01.bin" loaded_02 "/02.bin"
    loaded_03 "/03.bin" loaded_04 "/04.bin"
    loaded_05 "/05.bin" loaded_06 "/06.bin" loaded_07 "/07.bin"
    loaded_08 "/08.bin" loaded_09 "/09.bin"
    loaded_10 "/10.bin" loaded_11 "/11.bin" loaded_12 "/12.bin"
    loaded_13 "/13.bin" loaded_14 "/14.bin"
    loaded_15 "/15.bin" loaded_16 "/16.bin" loaded_17 "/17.bin"
    loaded_18 "/18.bin" loaded_19 "/19.bin"
    loaded_20 "/20.bin" loaded_21 "/21.bin" loaded_22 "/22.bin"
    loaded_23 "/23.bin" loaded_24 "/24.bin"
    loaded_25 "/25.bin" loaded_26 "/26.bin" loaded_27 "/27.bin"
    loaded_28 "/28.bin" loaded_29 "/29.bin"
    loaded_30 "/30.bin" loaded_31 "/31.bin" loaded_32 "/32.bin"
    loaded_33 "/33.bin" loaded_34 "/34.bin"
    loaded_35 "/35.bin" loaded_36 "/36.bin" loaded_37 "/37.bin"
    loaded_38 "/38.bin" loaded_39 "/39.bin"
    loaded_40 "/40.bin" loaded_41 "/41.bin" loaded_42 "/42.bin"
    loaded_43 "/43.bin" loaded_44 "/44.bin"
    loaded_45 "/45.bin" loaded_46 "/46.bin" loaded_47 "/47.bin"
    loaded_48 "/48.bin" loaded_49 "/49.bin"
}
