//! A progress bar. Natively it is drawn on the terminal; on the web it prints lines.

use fetch_runtime::Progress;

/// The bar of one download.
#[derive(Debug)]
pub struct Bar(#[cfg(not(target_os = "emscripten"))] indicatif::ProgressBar);

#[cfg(not(target_os = "emscripten"))]
impl Bar {
    /// An empty bar.
    ///
    /// # Panics
    /// Never, because the template is a valid constant.
    #[must_use]
    pub fn new() -> Self {
        let template = "{wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}";
        let style = indicatif::ProgressStyle::with_template(template).expect("a valid template");
        Self(indicatif::ProgressBar::new(0).with_style(style))
    }

    /// Shows the progress.
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
    /// A bar that prints a line for each step, because a page has no cursor to move.
    #[must_use]
    pub fn new() -> Self {
        Self()
    }

    /// Shows the progress.
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
