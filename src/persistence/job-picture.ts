import { z } from 'zod';

/** What the event of a picture says of it in `data.picture`. */
export const pictureRecord = z.object({ step: z.int(), name: z.string(), href: z.string() });

export const pictureFile = (name: string, step: number): string => `${name}-${step}.png`;

/** Where a picture of a job lies in the object store. */
export const pictureKey = (jobId: string, file: string): string => `jobs/${jobId}/pictures/${file}`;

/** Its address. */
export const pictureHref = (jobId: string, file: string): string => `/api/v1/training-jobs/${jobId}/pictures/${file}`;
