// Looks for mistakes of the layout: elements that do not fit, and text with too little contrast. It
// lays out a copy of the page in frames of several widths, in the light and in the dark.
'use strict';
cacheLab.layout = 'pending';
(async () => {
  const WIDTHS = [360, 412, 768, 1280];

  // A colour as [red, green, blue, alpha], in which only alpha is at most 1.
  const colour = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return [red, green, blue, alpha];
  };

  // WCAG's relative luminance.
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
    });
    return .2126 * red + .7152 * green + .0722 * blue;
  };

  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + .05) / (dark + .05);
  };

  function background(element, window) {
    for (let above = element; above; above = above.parentElement) {
      const found = colour(window.getComputedStyle(above).backgroundColor);
      if (found[3] === 1) return found;
    }
    return [255, 255, 255, 1];
  }

  const name = (element) => `<${element.localName} id="${element.id}" class="${
    element.getAttribute('class') ?? ''}"> ${element.textContent.trim().slice(0, 30)}`;

  // Each element is inside the frame, and all text is readable.
  function* mistakes(window) {
    const { document } = window;
    const width = document.documentElement.clientWidth;
    for (const element of document.body.querySelectorAll('*')) {
      const style = window.getComputedStyle(element);
      const { left, right } = element.getBoundingClientRect();
      if (left === right) continue;
      // The chart is drawn by the page's script, which the copy lacks.
      const isSvg = element.namespaceURI.endsWith('svg');
      if (!isSvg) {
        if (left < 0 || right > width + .5) yield `outside: ${name(element)}, ${left} to ${right}`;
        const isCut = element.scrollWidth > element.clientWidth + 1;
        const mayBeCut = style.display === 'inline' || style.textOverflow === 'ellipsis';
        if (isCut && !mayBeCut && element.localName !== 'input') {
          yield `too wide: ${name(element)}, ${element.scrollWidth} > ${element.clientWidth}`;
        }
      }
      const hasText = [...element.childNodes].some((node) => node.data?.trim());
      if (!hasText || element.closest(':disabled') || isSvg && element.localName !== 'text') {
        continue;
      }
      const found = contrast(colour(isSvg ? style.fill : style.color),
        background(element, window));
      if (found < 4.5) yield `contrast ${found.toFixed(1)}: ${name(element)}`;
    }
  }

  async function check(width, isDark) {
    const frame = document.createElement('iframe');
    frame.style.cssText = `border: 0; height: 800px; position: absolute; width: ${width}px`;
    const copy = document.documentElement.cloneNode(true);
    for (const script of copy.querySelectorAll('script')) script.remove();
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    frame.srcdoc = `<!doctype html>${copy.outerHTML}`;
    document.body.append(frame);
    await loaded;
    const window = frame.contentWindow;
    const [sheet] = window.document.styleSheets;
    for (const rule of sheet.cssRules) {
      if (rule.media?.mediaText.includes('prefers-color-scheme')) {
        rule.media.mediaText = isDark ? 'all' : 'not all';
      }
    }
    const [mistake] = mistakes(window);
    const isWide = window.document.documentElement.scrollWidth > width;
    frame.remove();
    if (mistake) throw `${mistake}, at ${width} px, ${isDark ? 'dark' : 'light'}`;
    if (isWide) throw `the page scrolls sideways at ${width} px`;
  }

  try {
    for (const width of WIDTHS) for (const isDark of [false, true]) await check(width, isDark);
    cacheLab.layout = 'good';
  } catch (error) {
    cacheLab.layout = String(error);
  }
})();
