//! The same over the C functions, with the guarded close.

use std::ffi::{c_char, c_int, c_void};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::slice;

#[repr(C)]
struct Attr {
    request_method: [u8; 32],
    user_data: *mut c_void,
    onsuccess: unsafe extern "C" fn(*mut Fetch),
    onerror: unsafe extern "C" fn(*mut Fetch),
    onprogress: usize,
    onreadystatechange: usize,
    attributes: u32,
    rest: [u32; 9],
}

#[repr(C)]
struct Fetch {
    id: u32,
    user_data: *mut c_void,
    url: *const c_char,
    data: *const u8,
    num_bytes: u64,
    data_offset: u64,
    total_bytes: u64,
    ready_state: u16,
    status: u16,
}

#[link(name = "fetch")]
unsafe extern "C" {
    fn emscripten_fetch_attr_init(attr: *mut Attr);
    fn emscripten_fetch(attr: *mut Attr, url: *const c_char) -> *mut Fetch;
    fn emscripten_fetch_close(fetch: *mut Fetch) -> c_int;
}

unsafe extern "C" fn loaded(fetch: *mut Fetch) {
    unsafe {
        let live = &mut *fetch;
        if !live.data.is_null() {
            black_box(slice::from_raw_parts(live.data, live.num_bytes as usize));
        }
        live.ready_state = 4;
        if live.id == 0 {
            live.id = u32::MAX;
        }
        emscripten_fetch_close(fetch);
    }
}

pub fn main() {
    unsafe {
        let mut attr = MaybeUninit::<Attr>::zeroed();
        emscripten_fetch_attr_init(attr.as_mut_ptr());
        (&raw mut (*attr.as_mut_ptr()).request_method).cast::<[u8; 3]>().write(*b"GET");
        (&raw mut (*attr.as_mut_ptr()).attributes).write(1 | 16);
        (&raw mut (*attr.as_mut_ptr()).onsuccess).write(loaded);
        (&raw mut (*attr.as_mut_ptr()).onerror).write(loaded);
        emscripten_fetch(attr.as_mut_ptr(), c"/data.bin".as_ptr());
    }
}
