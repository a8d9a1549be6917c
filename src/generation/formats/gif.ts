import sharp from 'sharp';

/**
 * PNG pictures of one size as an endless animated GIF. GIF holds at most 256 colours, so values may be off by a few levels of
 * 255; `encodeApng` keeps all.
 * @param delayMs time of each frame
 */
export async function encodeGif(pngs: readonly Buffer[], delayMs: number): Promise<Buffer> {
  const decoded = await Promise.all(pngs.map((png) => sharp(png).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true })));
  const { width, height, channels } = decoded[0]!.info;
  const frames = Buffer.concat(decoded.map(({ data }) => data));
  return sharp(frames, { raw: { width, height: height * pngs.length, channels, pageHeight: height } })
    .gif({ loop: 0, delay: pngs.map(() => delayMs), dither: 0 })
    .toBuffer();
}
