/** @type {import("next").NextConfig} */
module.exports = {
  output: "standalone",
  poweredByHeader: false,
  async rewrites() {
    const outreachUrl = process.env.OUTREACH_APP_URL || "http://localhost:3001";
    return {
      beforeFiles: [
        // API calls go through Outreach, which adds the user's context; never past it to the API gateway.
        {
          source: "/outreach/api/outreach/:path*",
          destination: `${outreachUrl}/outreach/api/outreach/:path*`,
        },
        // OpenNext 3.9.12 passes a `:path*` that matches nothing on as it is written.
        { source: "/outreach", destination: `${outreachUrl}/outreach` },
        { source: "/outreach/:path*", destination: `${outreachUrl}/outreach/:path*` },
        { source: "/outreach-static/:path*", destination: `${outreachUrl}/outreach-static/:path*` },
      ],
    };
  },
};
