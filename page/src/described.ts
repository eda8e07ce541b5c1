// Made from the code by `python -m docs.write`.

export interface Parameter {
  readonly name: string;
  readonly kind: "choice" | "number" | "photo" | "region" | "text" | "truth" | "whole";
  readonly required: boolean;
  readonly default: string | number | boolean | null;
  readonly help: string;
  readonly choices: readonly string[];
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** The only engine that can apply it; null where all can. */
  readonly engine: string | null;
  /** The option of `tilewright extract` that is the same, or turns it; null where it has none. */
  readonly option: string | null;
}

export interface FaultKind {
  readonly code: string;
  readonly status: number;
  readonly meaning: string;
}

/** Of a photo: its bytes, and its pixels. */
export interface PhotoLimits {
  readonly size: number;
  readonly megapixels: number;
  readonly longest_side: number;
  readonly shortest_side: number;
}

export interface Fault {
  readonly error: string;
  readonly code: string;
  readonly fields?: readonly (Readonly<Record<string, string>>)[] | null;
  readonly request_id?: string | null;
}

export interface Submission {
  readonly request_id: string;
  readonly status: string;
  readonly poll_url: string;
  readonly status_url: string;
  readonly response_url: string;
}

export interface JobStatus {
  readonly request_id: string;
  readonly status: string;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly error?: string | null;
  readonly output?: string | null;
  readonly queue_position?: number | null;
  readonly waiting_for?: string | null;
  readonly eta_seconds?: number | null;
  readonly progress?: number | null;
  readonly stage?: string | null;
}

export interface Alternative {
  readonly outline: readonly (readonly [number, number])[];
  readonly share: number;
  readonly confidence: number;
}

export interface AxisScore {
  readonly score: number;
  readonly wrap_step: number;
  readonly inner_step: number;
  readonly inner_p99: number;
}

export interface Diffusion {
  readonly mode: string;
  readonly steps: number;
  readonly guidance: number;
  readonly weights: string;
  readonly loras: readonly (LoraUsed)[];
  readonly seamless: string;
  readonly seam_before: readonly [number, number];
  readonly healed: boolean;
  readonly plan: string;
}

export interface LoraUsed {
  readonly name: string;
  readonly sha256: string;
  readonly weight: number;
}

export interface StageTime {
  readonly stage: string;
  readonly seconds: number;
}

export interface Surface {
  readonly outline: readonly (readonly [number, number])[];
  readonly share: number;
  readonly confidence: number;
  readonly drawn?: boolean;
  readonly alternatives?: readonly (Alternative)[];
  readonly matched: readonly (string)[];
  readonly unknown?: readonly (string)[];
}

export interface TileScore {
  readonly overall: number;
  readonly seam: number;
  readonly across: AxisScore;
  readonly down: AxisScore;
  readonly repetition: number;
  readonly sharpness?: number | null;
  readonly fidelity?: number | null;
  readonly structure?: number | null;
  readonly period?: readonly [number | null, number | null];
  readonly words: readonly (string)[];
}

export interface Report {
  readonly engine: string;
  readonly engine_version: string;
  readonly seed: number;
  readonly prompt: string;
  readonly width: number;
  readonly height: number;
  readonly image_format: string;
  readonly quality: number;
  readonly file_size: number;
  readonly surface: Surface | null;
  readonly straightened: string;
  readonly method: string;
  readonly scale: number | null;
  readonly elements?: number | null;
  readonly diffusion?: Diffusion | null;
  readonly score: TileScore;
  readonly stages: readonly (StageTime)[];
  readonly notes: readonly (string)[];
}

export const PARAMETERS: readonly Parameter[] = [
  {
    "name": "prompt",
    "kind": "text",
    "required": true,
    "default": null,
    "help": "The surface to take; a few words suffice, like \"brick texture from the wall on the left\".",
    "choices": [],
    "minimum": null,
    "maximum": 2000,
    "engine": null,
    "option": "--prompt"
  },
  {
    "name": "aspect_ratio",
    "kind": "choice",
    "required": false,
    "default": "1:1",
    "help": "Shape of the tile.",
    "choices": [
      "1:1",
      "2:3",
      "3:2",
      "3:4",
      "4:3",
      "4:5",
      "5:4",
      "9:16",
      "16:9",
      "21:9",
      "match_input_image"
    ],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--aspect-ratio"
  },
  {
    "name": "lora",
    "kind": "choice",
    "required": false,
    "default": "texture_extract",
    "help": "The LoRA that teaches the diffusion model to extract.",
    "choices": [
      "texture_extract"
    ],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--lora"
  },
  {
    "name": "lora_2_url",
    "kind": "text",
    "required": false,
    "default": null,
    "help": "A second LoRA (.safetensors); qwen only.",
    "choices": [],
    "minimum": null,
    "maximum": 2048,
    "engine": "qwen",
    "option": "--lora-2-url"
  },
  {
    "name": "lora_3_url",
    "kind": "text",
    "required": false,
    "default": null,
    "help": "A third LoRA (.safetensors); qwen only.",
    "choices": [],
    "minimum": null,
    "maximum": 2048,
    "engine": "qwen",
    "option": "--lora-3-url"
  },
  {
    "name": "lora_2_weight",
    "kind": "number",
    "required": false,
    "default": 1.0,
    "help": "How much the second LoRA counts; qwen only.",
    "choices": [],
    "minimum": -4,
    "maximum": 4,
    "engine": "qwen",
    "option": "--lora-2-weight"
  },
  {
    "name": "lora_3_weight",
    "kind": "number",
    "required": false,
    "default": 1.0,
    "help": "How much the third LoRA counts; qwen only.",
    "choices": [],
    "minimum": -4,
    "maximum": 4,
    "engine": "qwen",
    "option": "--lora-3-weight"
  },
  {
    "name": "seed",
    "kind": "whole",
    "required": false,
    "default": 87568756,
    "help": "Same seed, same tile; -1 draws one.",
    "choices": [],
    "minimum": -1,
    "maximum": 2147483647,
    "engine": null,
    "option": "--seed"
  },
  {
    "name": "image_format",
    "kind": "choice",
    "required": false,
    "default": "webp",
    "help": "File format of the tile.",
    "choices": [
      "jpeg",
      "png",
      "webp"
    ],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--image-format"
  },
  {
    "name": "quality",
    "kind": "whole",
    "required": false,
    "default": 95,
    "help": "Of JPEG and WebP; PNG is lossless.",
    "choices": [],
    "minimum": 1,
    "maximum": 100,
    "engine": null,
    "option": "--quality"
  },
  {
    "name": "region",
    "kind": "region",
    "required": false,
    "default": null,
    "help": "The surface, drawn on the photo, instead of being found by the words: {\"polygon\": [[x, y], ...]} around it, or {\"corners\": four points} of a rectangle in it, which is then seen straight on. x and y are fractions of the photo, from its top left.",
    "choices": [],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--region"
  },
  {
    "name": "straighten",
    "kind": "truth",
    "required": false,
    "default": true,
    "help": "Whether perspective is undone, in each photo. Off where it was taken straight on, or the slant is wanted; off: synthesis only.",
    "choices": [],
    "minimum": null,
    "maximum": null,
    "engine": "synthesis",
    "option": "--no-straighten"
  },
  {
    "name": "width",
    "kind": "whole",
    "required": false,
    "default": null,
    "help": "Of the tile, in texels, a multiple of 32. Alone, aspect_ratio gives the height.",
    "choices": [],
    "minimum": 128,
    "maximum": 4096,
    "engine": null,
    "option": "--width"
  },
  {
    "name": "height",
    "kind": "whole",
    "required": false,
    "default": null,
    "help": "Of the tile, in texels, a multiple of 32. Alone, aspect_ratio gives the width; width and height together take its place.",
    "choices": [],
    "minimum": 128,
    "maximum": 4096,
    "engine": null,
    "option": "--height"
  },
  {
    "name": "elements",
    "kind": "whole",
    "required": false,
    "default": null,
    "help": "How many bricks, planks, stones or cells lie across the tile, of 8 texels at least.",
    "choices": [],
    "minimum": 1,
    "maximum": 128,
    "engine": "synthesis",
    "option": "--elements"
  },
  {
    "name": "mode",
    "kind": "choice",
    "required": false,
    "default": null,
    "help": "quality: 40 steps with guidance; fast: 8 and fastest: 4 with a Lightning LoRA. The operator's choice if unset; qwen only.",
    "choices": [
      "quality",
      "fast",
      "fastest"
    ],
    "minimum": null,
    "maximum": null,
    "engine": "qwen",
    "option": "--mode"
  },
  {
    "name": "steps",
    "kind": "whole",
    "required": false,
    "default": null,
    "help": "Of the diffusion; those of the mode if unset; qwen only.",
    "choices": [],
    "minimum": 2,
    "maximum": 100,
    "engine": "qwen",
    "option": "--steps"
  },
  {
    "name": "guidance",
    "kind": "number",
    "required": false,
    "default": null,
    "help": "How much the words count (classifier-free guidance); 1 is without, in half the time. That of the mode if unset; qwen only.",
    "choices": [],
    "minimum": 1.0,
    "maximum": 20.0,
    "engine": "qwen",
    "option": "--guidance"
  },
  {
    "name": "reference_resolution",
    "kind": "whole",
    "required": false,
    "default": null,
    "help": "The photos are seen by the model at the area of a square of this side, in pixels, a multiple of 32: 512 takes nearly half the time of 1024; qwen only.",
    "choices": [],
    "minimum": 256,
    "maximum": 1024,
    "engine": "qwen",
    "option": "--reference-resolution"
  },
  {
    "name": "seamless",
    "kind": "choice",
    "required": false,
    "default": "xy",
    "help": "In which directions the tile wraps; other than xy: qwen only.",
    "choices": [
      "xy",
      "x",
      "y",
      "none"
    ],
    "minimum": null,
    "maximum": null,
    "engine": "qwen",
    "option": "--seamless"
  },
  {
    "name": "match_color",
    "kind": "truth",
    "required": false,
    "default": false,
    "help": "Whether the tile takes on the surface's own colors, which LoRAs shift. The synthesis engine always keeps them.",
    "choices": [],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--match-color"
  },
  {
    "name": "embed_report",
    "kind": "truth",
    "required": false,
    "default": false,
    "help": "Whether the report goes into the file of the tile too, as XMP.",
    "choices": [],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--embed-report"
  },
  {
    "name": "image_1",
    "kind": "photo",
    "required": true,
    "default": null,
    "help": "The photo of the surface: an http(s) URL, a data: URL, base64, or what /upload-asset gave: address or id.",
    "choices": [],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": null
  },
  {
    "name": "image_2",
    "kind": "photo",
    "required": false,
    "default": null,
    "help": "A photo of a surface to blend in.",
    "choices": [],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--image-2"
  },
  {
    "name": "image_3",
    "kind": "photo",
    "required": false,
    "default": null,
    "help": "A photo of a surface to lay over.",
    "choices": [],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--image-3"
  },
  {
    "name": "base64",
    "kind": "truth",
    "required": false,
    "default": false,
    "help": "Answer with the tile as base64 text in JSON.",
    "choices": [],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": null
  },
  {
    "name": "webhook_url",
    "kind": "text",
    "required": false,
    "default": null,
    "help": "An address that is told when the job has ended.",
    "choices": [],
    "minimum": null,
    "maximum": 2048,
    "engine": null,
    "option": null
  },
  {
    "name": "retention_seconds",
    "kind": "whole",
    "required": false,
    "default": null,
    "help": "How long the ended job and its tile are kept; if unset, as long as the service keeps them: an hour, unless its operator says otherwise.",
    "choices": [],
    "minimum": 60,
    "maximum": 86400,
    "engine": null,
    "option": null
  },
  {
    "name": "engine",
    "kind": "choice",
    "required": false,
    "default": "auto",
    "help": "The engine that must make it; auto is the first of the service's that can apply all that is asked.",
    "choices": [
      "auto",
      "qwen",
      "synthesis"
    ],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": "--engine"
  },
  {
    "name": "priority",
    "kind": "choice",
    "required": false,
    "default": "normal",
    "help": "high goes before all others; the key must be one that may ask for it.",
    "choices": [
      "normal",
      "high"
    ],
    "minimum": null,
    "maximum": null,
    "engine": null,
    "option": null
  }
];

export const SIZES: Readonly<Record<string, readonly [number, number]>> = {
  "1:1": [
    1024,
    1024
  ],
  "2:3": [
    832,
    1248
  ],
  "3:2": [
    1248,
    832
  ],
  "3:4": [
    896,
    1184
  ],
  "4:3": [
    1184,
    896
  ],
  "4:5": [
    928,
    1152
  ],
  "5:4": [
    1152,
    928
  ],
  "9:16": [
    768,
    1376
  ],
  "16:9": [
    1376,
    768
  ],
  "21:9": [
    1568,
    672
  ]
};

export const FAULTS: readonly FaultKind[] = [
  {
    "code": "invalid_request",
    "status": 400,
    "meaning": "One or more parameters are wrong; nothing was started."
  },
  {
    "code": "unsupported_parameter",
    "status": 400,
    "meaning": "The parameter is well formed, but the engine that would do the work cannot apply it."
  },
  {
    "code": "photo_refused",
    "status": 400,
    "meaning": "The bytes are not an image of an allowed format and size. The HTTP door answers `invalid_request` and names the parameter."
  },
  {
    "code": "photo_too_large",
    "status": 413,
    "meaning": "The photo has more bytes or pixels than are taken."
  },
  {
    "code": "url_refused",
    "status": 400,
    "meaning": "The URL is not http(s), carries credentials, or leads to an address that is not public. The HTTP door answers `invalid_request` and names the parameter."
  },
  {
    "code": "fetch_failed",
    "status": 502,
    "meaning": "The remote host answered with an error, too slowly, too much, or not at all."
  },
  {
    "code": "file_too_large",
    "status": 413,
    "meaning": "The address leads to more bytes than are taken."
  },
  {
    "code": "engine_unavailable",
    "status": 502,
    "meaning": "The engine cannot run on this machine; the message holds the remedy."
  },
  {
    "code": "queue_unavailable",
    "status": 502,
    "meaning": "The queue cannot be started or reached; the message holds the remedy."
  },
  {
    "code": "lora_refused",
    "status": 400,
    "meaning": "The file is not a LoRA that the model can take; nothing of it was applied."
  },
  {
    "code": "engine_failed",
    "status": 500,
    "meaning": "The engine ran out of memory, or what it made is no picture; it can go on with others."
  },
  {
    "code": "engine_lost",
    "status": 500,
    "meaning": "The graphics card no longer answers this process, which must end; another may go on."
  },
  {
    "code": "unauthorized",
    "status": 401,
    "meaning": "No key was given, or it is unknown, revoked or expired."
  },
  {
    "code": "forbidden",
    "status": 403,
    "meaning": "The key is known but may not do this."
  },
  {
    "code": "not_found",
    "status": 404,
    "meaning": "There is no such thing, it has expired, or it belongs to another account."
  },
  {
    "code": "not_enough_credits",
    "status": 406,
    "meaning": "The account's balance, in dollars, does not cover the cost; nothing was taken from it."
  },
  {
    "code": "rate_limited",
    "status": 429,
    "meaning": "The key's requests per minute are used up for now."
  },
  {
    "code": "too_many_at_once",
    "status": 429,
    "meaning": "The key has as many jobs waiting or running as it may."
  },
  {
    "code": "idempotency_conflict",
    "status": 409,
    "meaning": "The Idempotency-Key came before, with another body."
  },
  {
    "code": "database_unusable",
    "status": 502,
    "meaning": "The database is of a kind or a version that this program does not know."
  },
  {
    "code": "store_unusable",
    "status": 503,
    "meaning": "The store of photos and tiles cannot be used; the log of the server says why."
  },
  {
    "code": "link_refused",
    "status": 403,
    "meaning": "The link to the tile was changed or is too old; ask for a new one."
  },
  {
    "code": "http_404",
    "status": 404,
    "meaning": "There is no such route."
  },
  {
    "code": "http_405",
    "status": 405,
    "meaning": "The route takes another method; `Allow` names it."
  },
  {
    "code": "unacceptable",
    "status": 406,
    "meaning": "The content type, or the encoding, of the body is not taken."
  },
  {
    "code": "too_slow",
    "status": 408,
    "meaning": "The body stopped coming, or trickled; send the same again."
  },
  {
    "code": "too_large",
    "status": 413,
    "meaning": "The body is too large; send smaller photos, or upload them first."
  },
  {
    "code": "busy",
    "status": 429,
    "meaning": "A sync call would take too long now; nothing was accepted."
  },
  {
    "code": "internal",
    "status": 500,
    "meaning": "It is our fault; the answer holds a number by which the log tells more."
  },
  {
    "code": "database_busy",
    "status": 503,
    "meaning": "The database takes nothing at the moment; send the same again."
  },
  {
    "code": "sync_deadline",
    "status": 504,
    "meaning": "A sync call took too long; the sentence says what became of its job."
  },
  {
    "code": "content_blocked",
    "status": 422,
    "meaning": "The operator's rules refuse what the prompt says or a photo shows."
  },
  {
    "code": "cancelled",
    "status": 422,
    "meaning": "Its owner, the operator, or the caller of a sync call who hung up ended it."
  },
  {
    "code": "no_worker",
    "status": 422,
    "meaning": "No worker of its engine was there for as long as the operator has patience."
  },
  {
    "code": "unrun",
    "status": 422,
    "meaning": "No worker took it within a day."
  },
  {
    "code": "worker_lost",
    "status": 422,
    "meaning": "It lost its worker again and again; a smaller photo may need less memory."
  },
  {
    "code": "photo_gone",
    "status": 422,
    "meaning": "One of its photos was deleted before its turn came."
  },
  {
    "code": "engine_broke",
    "status": 422,
    "meaning": "The engine broke on it; the log of the worker says how."
  },
  {
    "code": "judge_broke",
    "status": 422,
    "meaning": "The operator's judge of photos broke on it; the log of the worker says how."
  }
];

export const MEANINGS: Readonly<Record<string, string>> = {
  "seam": "1: the wrap cannot be told from the inside; 0: a hard seam.",
  "overall": "All marks in one: a third the worst, the rest the geometric mean of all.",
  "repetition": "1: nothing inside the tile is seen twice by accident; what is too even to be recognized counts less.",
  "sharpness": "1: its finest detail is as fine as texels show; less: soft, as what is out of focus or was enlarged.",
  "fidelity": "Likeness to the reference surface.",
  "structure": "1: lines are as long and shapes as large as in the reference surface, so the pieces fit inside the tile too."
};

export const SLUG: string = "qwen-image-edit-plus-texture-extract";

export const PHOTO_LIMITS: PhotoLimits = {
  "size": 33554432,
  "megapixels": 50.0,
  "longest_side": 16384,
  "shortest_side": 32
};

export const GOOD: number = 0.85;

export const POOR: number = 0.5;

export const UNSURE: number = 0.5;

export const NEARLY: number = 0.7;
