/** Shapes that the moving figures share. Read by the type checker alone; no browser asks for this file. */

/** x and y of the centre in pixels, y down; radius in pixels */
export type Circle = [number, number, number];
export type Normal = [number, number];

/** Hulls of circles, told as columns of the table of places, that are painted as one. */
export interface Piece {
  paint: string;
  hulls: number[][];
  lit: boolean;
  flat: boolean;
}

/** What `exercises.figures.film` tells. */
export interface Reel {
  box: number[];
  floor: string;
  light: number[];
  radii: number[];
  paths: Piece[];
  places: number[][];
  shown: number[][];
}
