//! A progress bar: a live one on a terminal, lines elsewhere.

use fetch_runtime::Progress;

/// The bar of one download.
#[derive(Debug)]
pub struct Bar(#[cfg(not(target_os = "emscripten"))] indicatif::ProgressBar);

#[cfg(not(target_os = "emscripten"))]
impl Bar {
    /// An empty bar.
    ///
    /// # Panics
    /// Never: the template is a constant.
    #[must_use]
    pub fn new() -> Self {
        let template = "{wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}";
        let style = indicatif::ProgressStyle::with_template(template).expect("a valid template");
        Self(indicatif::ProgressBar::new(0).with_style(style))
    }

    /// Shows how far it is.
    pub fn show(&self, progress: Progress) {
        self.0.set_length(progress.total.unwrap_or(progress.loaded));
        self.0.set_position(progress.loaded);
    }
}

#[cfg(not(target_os = "emscripten"))]
impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(target_os = "emscripten")]
impl Bar {
    /// A page has no cursor to move: a line for each step.
    #[must_use]
    pub fn new() -> Self {
        Self()
    }

    /// Shows how far it is.
    pub fn show(&self, progress: Progress) {
        match progress.total {
            Some(total) => println!("  {} of {total} bytes", progress.loaded),
            None => println!("  {} bytes", progress.loaded),
        }
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}
