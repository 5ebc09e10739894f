/** A proposal in standard units as one of the target's own coordinates: the frame is its last layer. */
import { inwardSamples, outward, type Frame } from '../../targets/frame.ts';
import type { Proposal } from './proposal.ts';

/** @param inner of the framed target */
export function framedProposal(inner: Proposal, frame: Frame): Proposal {
  return {
    ...inner,
    frame,
    stream: async function* (...options) {
      for await (const piece of inner.stream(...options)) {
        yield { ...piece, samples: outward(frame, piece.samples, piece.count) };
      }
    },
    pullBack: (data, pause) => inner.pullBack(inwardSamples(frame, data), pause),
  };
}
