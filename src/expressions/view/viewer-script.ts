/**
 * What a person does with the page: switches stage and colours, zooms, drags, points at cards and lines. Runs in the browser
 * under the page's policy; it only moves, shows and marks what is there, and makes no markup.
 */
export const VIEWER_SCRIPT = `
'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const stages = all('.stage');
  const pictures = all('svg.picture');
  const LEAST = 0.04, MOST = 5, STEP = 1.25, READABLE = 0.62, ROOM = 1.15;

  /** Part of a picture that is seen: its corner, and pixels of the screen for one of the picture. */
  class View {
    constructor(picture) {
      this.picture = picture;
      const { x, y, width, height } = picture.viewBox.baseVal;
      this.whole = { x, y, width, height };
    }
    get room() { const { width, height } = this.picture.getBoundingClientRect(); return { width, height }; }
    show(x, y, scale) {
      Object.assign(this, { x, y, scale });
      const { width, height } = this.room;
      this.picture.setAttribute('viewBox', [x, y, width / scale, height / scale].join(' '));
    }
    /** All of it; at first a large graph from its top, so that it can be read. */
    fit(least = LEAST) {
      const { width, height } = this.room;
      if (width === 0) return;
      const { whole } = this;
      const scale = Math.max(least, Math.min(ROOM, width / whole.width, height / whole.height));
      const free = height / scale - whole.height;
      this.show(whole.x + (whole.width - width / scale) / 2, whole.y - Math.max(0, free) / 2, scale);
    }
    zoom(factor, px = this.room.width / 2, py = this.room.height / 2) {
      const scale = Math.min(MOST, Math.max(LEAST, this.scale * factor));
      this.show(this.x + px / this.scale - px / scale, this.y + py / this.scale - py / scale, scale);
    }
  }
  const views = new Map(pictures.map((picture) => [picture, new View(picture)]));
  const shown = () => pictures.find((picture) => !picture.closest('.stage').hidden);

  const press = (buttons, chosen) => buttons.forEach((button) => button.setAttribute('aria-pressed', String(button === chosen)));
  const choices = (name, choose) => {
    const buttons = all('[data-' + name + '-choice]');
    for (const button of buttons) button.addEventListener('click', () => { press(buttons, button); choose(button.getAttribute('data-' + name + '-choice')); });
  };

  let pinned = null;
  const point = (card) => {
    all('.near, .current').forEach((element) => element.classList.remove('near', 'current'));
    all('.detail').forEach((detail) => { detail.hidden = true; });
    pictures.forEach((picture) => picture.classList.toggle('focused', card !== null && picture.contains(card)));
    document.querySelector('.hint').hidden = card !== null;
    if (card === null) return;
    const picture = card.closest('.picture');
    const place = card.dataset.place;
    card.classList.add('current');
    for (const arrow of all('.arrow', picture)) {
      if (arrow.dataset.from !== place && arrow.dataset.to !== place) continue;
      arrow.classList.add('near');
      const other = arrow.dataset.from === place ? arrow.dataset.to : arrow.dataset.from;
      picture.querySelector('.card[data-place="' + other + '"]').classList.add('near');
    }
    const detail = document.getElementById(card.closest('.stage').dataset.stage + '-' + place);
    if (detail) detail.hidden = false;
    const line = document.querySelector('.source li[data-line="' + card.dataset.line + '"]');
    if (line) { line.classList.add('current'); line.parentElement.scrollTop = line.offsetTop - line.parentElement.clientHeight / 2; }
  };
  const pin = (card) => { pinned = pinned === card ? null : card; point(pinned ?? card); };

  for (const card of all('.card')) {
    card.querySelector('title').remove();
    card.addEventListener('pointerenter', () => { if (!pinned) point(card); });
    card.addEventListener('pointerleave', () => { if (!pinned) point(null); });
    card.addEventListener('focus', () => { if (!pinned && card.matches(':focus-visible')) point(card); });
    card.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); pin(card); } });
  }
  for (const line of all('.source li')) {
    const mark = (on) => {
      if (pinned) return;
      const picture = shown();
      if (!picture) return;
      const cards = on ? all('.card[data-line="' + line.dataset.line + '"]', picture) : [];
      point(null);
      cards.forEach((card) => card.classList.add('near'));
      picture.classList.toggle('focused', cards.length > 0);
    };
    line.addEventListener('pointerenter', () => mark(true));
    line.addEventListener('pointerleave', () => mark(false));
  }

  for (const picture of pictures) {
    const view = views.get(picture);
    let held = null;
    picture.addEventListener('wheel', (event) => {
      event.preventDefault();
      const corner = picture.getBoundingClientRect();
      view.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - corner.left, event.clientY - corner.top);
    }, { passive: false });
    picture.addEventListener('pointerdown', (event) => { held = { x: event.clientX, y: event.clientY, left: view.x, top: view.y, moved: false, card: event.target.closest('.card') }; });
    picture.addEventListener('pointermove', (event) => {
      if (!held) return;
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
      if (!held.moved && Math.hypot(dx, dy) < 4) return;
      if (!held.moved) { held.moved = true; picture.setPointerCapture(event.pointerId); picture.classList.add('held'); }
      view.show(held.left - dx / view.scale, held.top - dy / view.scale, view.scale);
    });
    picture.addEventListener('pointerup', () => {
      if (held && !held.moved) { if (held.card) pin(held.card); else { pinned = null; point(null); } }
      held = null;
      picture.classList.remove('held');
    });
    picture.addEventListener('pointercancel', () => { held = null; picture.classList.remove('held'); });
  }

  choices('stage', (name) => {
    pinned = null;
    point(null);
    stages.forEach((stage) => { stage.hidden = stage.dataset.stage !== name; });
    const picture = shown();
    if (picture && views.get(picture).scale === undefined) views.get(picture).fit(READABLE);
  });
  choices('colour', (name) => {
    pictures.forEach((picture) => { picture.dataset.colour = name; });
    all('[data-legend]').forEach((legend) => { legend.hidden = legend.dataset.legend !== name; });
  });
  const zooms = { in: (view) => view.zoom(STEP), out: (view) => view.zoom(1 / STEP), fit: (view) => view.fit() };
  const act = (name) => { const picture = shown(); if (picture) zooms[name](views.get(picture)); };
  for (const button of all('[data-zoom]')) button.addEventListener('click', () => act(button.dataset.zoom));
  const KEYS = { '+': 'in', '=': 'in', '-': 'out', 0: 'fit' };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') { pinned = null; point(null); }
    if (KEYS[event.key]) act(KEYS[event.key]);
  });
  window.addEventListener('resize', () => { for (const view of views.values()) if (view.scale !== undefined) view.show(view.x, view.y, view.scale); });
  const first = shown();
  if (first) views.get(first).fit(READABLE);
})();
`;
